"""Prints the numbers stored in SegmentationMeasureTests.cs. Made with scipy 1.10.1 and numpy 1.24.2: python3 surface_distances.py

Per pair of ellipsoids: Dice, recall, precision, HD95, ASSD, NSD at 2 mm.
"""
import numpy as np
from scipy import ndimage

SHAPE, SPACING, TOLERANCE = (40, 36, 20), (0.78, 0.85, 2.5), 2.0


def ellipsoid(centre, radii):
    i, j, k = np.indices(SHAPE)
    return sum(((x - c) / r) ** 2 for x, c, r in zip((i, j, k), centre, radii)) <= 1


def surface(mask):
    return mask & ~ndimage.binary_erosion(mask, ndimage.generate_binary_structure(3, 1), border_value=0)


def scores(a, b):
    sa, sb = surface(a), surface(b)
    da = ndimage.distance_transform_edt(~sb, sampling=SPACING)[sa]
    db = ndimage.distance_transform_edt(~sa, sampling=SPACING)[sb]
    both = np.concatenate([da, db])
    common = (a & b).sum()
    return (2 * common / (a.sum() + b.sum()), common / b.sum(), common / a.sum(),
            max(np.percentile(da, 95), np.percentile(db, 95)), both.mean(), (both <= TOLERANCE).mean())


PAIRS = {
    "overlapping": (((18, 17, 9), (12, 9, 6)), ((20.5, 16, 10), (11, 10, 5))),
    "at the border": (((0, 0, 0), (14, 12, 7)), ((3, 2, 1), (13, 14, 6))),
    "nested": (((20, 18, 10), (15, 14, 8)), ((20, 18, 10), (9, 8, 4))),
    "apart": (((6, 6, 4), (5, 5, 3)), ((30, 28, 15), (6, 5, 3))),
    "identical": (((20, 18, 10), (9, 8, 4)), ((20, 18, 10), (9, 8, 4))),
    "single voxels": (((3, 4, 5), (0.5, 0.5, 0.5)), ((10, 4, 6), (0.5, 0.5, 0.5))),
}
for name, (a, b) in PAIRS.items():
    print(name, *(f"{x:.9g}" for x in scores(ellipsoid(*a), ellipsoid(*b))))
