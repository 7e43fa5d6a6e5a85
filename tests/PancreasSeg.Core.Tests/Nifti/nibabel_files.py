"""Prints the tables of NibabelFiles.cs: small files made by nibabel and what nibabel reads from them.

Run with: python3 nibabel_files.py (made with nibabel 4.0.2). Format per line: name | file, gzip, base64 | RAS affine, 3 x 4 | values
"""
import base64
import gzip
import io

import nibabel as nib
import numpy as np

OBLIQUE = nib.affines.from_matvec(
    nib.eulerangles.euler2mat(0.3, -0.2, 0.1) @ np.diag([0.8, 0.9, 2.5]), [-120.5, 33.25, -410])
MIRRORED = OBLIQUE @ np.diag([1, 1, -1, 1])
SHEARED = OBLIQUE @ np.array([[1, 0, 0.2, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
VALUES = {
    "uint8": np.arange(12) * 21, "int8": np.arange(12) * 20 - 110, "int16": np.arange(12) * 300 - 1024,
    "uint16": np.arange(12) * 2900, "int32": np.arange(12) * 3000 - 1024, "uint32": np.arange(12) * 2900,
    "int64": np.arange(12) * 3000 - 1024, "uint64": np.arange(12) * 2900,
    "float32": np.arange(12) * 0.25 - 1, "float64": np.arange(12) * 0.125 - 1,
}


def image(affine, dtype="int16", order="<", values=None, sform=1, qform=0):
    data = (VALUES[dtype] if values is None else values).astype(dtype).reshape((2, 2, 3), order="F")
    header = nib.Nifti1Header(endianness=order)
    header.set_data_dtype(dtype)
    header.set_xyzt_units("mm", "sec")
    result = nib.Nifti1Image(data, None, header)
    if sform:
        result.set_sform(affine, sform)
    if qform:
        result.set_qform(affine, qform)
    return result


def show(name, img, change=None):
    raw = bytearray(img.to_bytes())
    if change:
        change(raw)
    back = nib.Nifti1Image.from_bytes(bytes(raw))
    affine = " ".join(f"{x:.9g}" for x in back.affine[:3].ravel())
    values = " ".join(f"{x:.9g}" for x in np.asarray(back.get_fdata()).ravel(order="F"))
    print(f"{name} | {base64.b64encode(gzip.compress(bytes(raw), 9, mtime=0)).decode()} | {affine} | {values}")


def header(name, affine, shape, dtype, qform):
    h = nib.Nifti1Header()
    h.set_data_dtype(dtype)
    h.set_data_shape(shape)
    h.set_sform(affine, 1)
    if qform:
        h.set_qform(affine, 1)
    else:
        h["pixdim"][1:4] = nib.affines.voxel_sizes(affine)
    h.set_xyzt_units("mm", "sec")
    h["pixdim"][4:] = 0
    h["scl_slope"], h["scl_inter"], h["regular"], h["vox_offset"] = 1, 0, b"r", 352
    h["magic"] = b"n+1"
    numbers = " ".join(f"{x:.17g}" for x in affine[:3].ravel())
    print(f"{name} | {base64.b64encode(gzip.compress(h.binaryblock + bytes(4), 9, mtime=0)).decode()} | {numbers} | "
          f"{shape[0]} {shape[1]} {shape[2]}")


print("files")
for dtype in VALUES:
    for order in "<>":
        show(f"{dtype}{'-le' if order == '<' else '-be'}", image(OBLIQUE, dtype, order))
show("qform-only", image(OBLIQUE, sform=0, qform=1))
show("qform-only-qfac-minus-1", image(MIRRORED, sform=0, qform=1))
show("sform-sheared", image(SHEARED))
both = image(OBLIQUE)
both.set_qform(MIRRORED, 1)
show("sform-over-qform", both)
extended = image(OBLIQUE)
extended.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"free text " * 5))
show("extension", extended)


def scale(raw):
    raw[112:120] = np.array([0.5, -3.25], "<f4").tobytes()


show("scaled", image(OBLIQUE), scale)
print("headers")
header("lps", np.array([[-0.75, 0, 0, 190.5], [0, -0.75, 0, 200.25], [0, 0, 2.5, -600], [0, 0, 0, 1]]), (512, 512, 130), "int16", True)
header("ras", np.array([[1.5, 0, 0, -100], [0, 1.5, 0, -90], [0, 0, 3, 10], [0, 0, 0, 1]]), (160, 128, 40), "float32", True)
header("las", np.array([[-1.5, 0, 0, 100], [0, 1.5, 0, -90], [0, 0, 3, 10], [0, 0, 0, 1]]), (160, 128, 40), "uint8", True)
header("oblique", OBLIQUE, (20, 30, 40), "int16", True)
header("oblique-mirrored", MIRRORED, (20, 30, 40), "int16", True)
header("sheared", SHEARED, (20, 30, 40), "int16", False)
