"""The same jobs with what users have now: PyTorch, SciPy, pydicom and nibabel. Prints 'measured <peak MB> <seconds> ...'.

python3 peers.py <job> --runs 5 --size 160 --dicom folder --work folder
"""
import argparse
import os
import resource
import time

import numpy as np

CT = (130, 512, 512)


def residual(torch, i, o):
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv3d(i, o, 3, padding=1), nn.Conv3d(o, o, 3, padding=1)
            self.shortcut = nn.Conv3d(i, o, 1, bias=False) if i != o else nn.Identity()

        def forward(self, x):
            return torch.relu(self.b(torch.relu(self.a(x))) + self.shortcut(x))

    return Block()


def network(torch, f=16, stages=5, classes=2):
    nn, functional = torch.nn, torch.nn.functional

    def upsample(x, factor):
        return x if factor == 1 else functional.interpolate(x, scale_factor=(1, factor, factor), mode='trilinear', align_corners=False)

    class Gate(nn.Module):
        def __init__(self, c, g):
            super().__init__()
            self.theta = nn.Conv3d(c, c // 2, (1, 2, 2), stride=(1, 2, 2), bias=False)
            self.phi, self.psi, self.output = nn.Conv3d(g, c // 2, 1), nn.Conv3d(c // 2, 1, 1), nn.Conv3d(c, c, 1)

        def forward(self, x, g):
            theta = self.theta(x)
            a = torch.relu(theta + upsample(self.phi(g), theta.shape[-1] // g.shape[-1]))
            return self.output(x * upsample(torch.sigmoid(self.psi(a)), 2))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            c = [f << s for s in range(stages)]
            self.encoders = nn.ModuleList([residual(torch, 1 if s == 0 else c[s - 1], c[s]) for s in range(stages)])
            self.ups = nn.ModuleList([nn.ConvTranspose3d(c[s + 1], c[s], (1, 4, 4), stride=(1, 2, 2), padding=(0, 1, 1)) for s in range(stages - 1)])
            self.gates = nn.ModuleList([Gate(c[s], c[-1]) if s else nn.Identity() for s in range(stages - 1)])
            self.decoders = nn.ModuleList([residual(torch, 2 * c[s], c[s]) for s in range(stages - 1)])
            self.heads = nn.ModuleList([nn.Conv3d(c[s], classes, 1) for s in range(stages - 1)])
            self.output = nn.Conv3d(classes * (stages - 1), classes, 1)

        def forward(self, x):
            skips = []
            for s, encoder in enumerate(self.encoders):
                x = encoder(x if s == 0 else functional.max_pool3d(x, (1, 2, 2)))
                skips.append(x)
            gating = skips.pop()
            heads = []
            for s in reversed(range(stages - 1)):
                skip = self.gates[s](skips[s], gating) if s else skips[s]
                x = self.decoders[s](torch.cat([self.ups[s](x), skip], 1))
                heads.append(upsample(self.heads[s](x), 1 << s))
            return self.output(torch.cat(heads, 1)), heads

    return UNet()


def forward(options):
    import torch
    torch.manual_seed(1)
    net, x = network(torch).eval(), torch.rand(1, 1, *[options.size] * 3)

    def run():
        with torch.no_grad():
            return torch.softmax(net(x)[0], 1)[0, 1].numpy()
    return run


def training(options):
    import torch
    torch.manual_seed(1)
    net, x = network(torch), torch.rand(1, 1, *[options.size] * 3)
    labels = (x[:, 0] > 0.9).long()
    optimizer = torch.optim.Adam(net.parameters(), 0.002)

    def run():
        optimizer.zero_grad()
        output, heads = net(x)
        loss = sum(torch.nn.functional.cross_entropy(y, labels) for y in [output, *heads])
        loss.backward()
        optimizer.step()
    return run


def zoom(options):
    from scipy import ndimage
    ct = np.random.default_rng(1).integers(-1000, 1000, CT).astype(np.float32)
    return lambda: ndimage.zoom(ct, [options.size / n for n in CT], order=1)


def zoom_back(options):
    from scipy import ndimage
    p = np.random.default_rng(1).random([options.size] * 3, dtype=np.float32)
    return lambda: ndimage.zoom(p, [n / options.size for n in CT], order=1) > 0.5


def ball(radius):
    z, y, x = np.ogrid[:CT[0], :CT[1], :CT[2]]
    return ((z - 65) * 2.5) ** 2 + ((y - 256) * 0.8) ** 2 + ((x - 256) * 0.8) ** 2 < radius ** 2


def distances(_):
    from scipy import ndimage
    a, b = ball(40), ball(44)

    def run():
        box = tuple(slice(max(0, s.start - 2), s.stop + 2) for s in ndimage.find_objects((a | b).astype(np.int8))[0])
        p, q = a[box], b[box]
        rim_p, rim_q = p & ~ndimage.binary_erosion(p), q & ~ndimage.binary_erosion(q)
        to_q = ndimage.distance_transform_edt(~rim_q, sampling=(2.5, 0.8, 0.8))[rim_p]
        to_p = ndimage.distance_transform_edt(~rim_p, sampling=(2.5, 0.8, 0.8))[rim_q]
        return np.percentile(np.concatenate([to_p, to_q]), 95), (to_p.sum() + to_q.sum()) / (to_p.size + to_q.size)
    return run


def read(folder):
    import pydicom
    files = [pydicom.dcmread(os.path.join(folder, f)) for f in os.listdir(folder)]
    files.sort(key=lambda d: float(d.ImagePositionPatient[2]))
    return np.stack([d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept) for d in files]).astype(np.float32)


def chain(options):
    import nibabel
    import torch
    from scipy import ndimage
    torch.manual_seed(1)
    net = network(torch).eval()

    def run():
        ct = read(options.dicom)
        x = ndimage.zoom(ct, [options.size / n for n in ct.shape], order=1)
        x = np.clip((x + 160) / 200 - 1, -1, 1)
        with torch.no_grad():
            p = torch.softmax(net(torch.from_numpy(x)[None, None])[0], 1)[0, 1].numpy()
        mask = (ndimage.zoom(p, [n / m for n, m in zip(ct.shape, p.shape)], order=1) > 0.5).astype(np.uint8)
        nibabel.save(nibabel.Nifti1Image(mask.T, np.eye(4)), os.path.join(options.work, 'chain.nii.gz'))
    return run


JOBS = {'forward': forward, 'training': training, 'zoom': zoom, 'zoom-back': zoom_back, 'distances': distances, 'chain': chain}

parser = argparse.ArgumentParser()
parser.add_argument('job', choices=JOBS)
parser.add_argument('--runs', type=int, default=5)
parser.add_argument('--size', type=int, default=160)
parser.add_argument('--dicom')
parser.add_argument('--work')
arguments = parser.parse_args()
action = JOBS[arguments.job](arguments)
action()
seconds = []
for _ in range(arguments.runs):
    start = time.perf_counter()
    action()
    seconds.append(time.perf_counter() - start)
print('measured', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, *seconds)
