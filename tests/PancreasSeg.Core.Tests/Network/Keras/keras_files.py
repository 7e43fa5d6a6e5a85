"""Writes weights files as Keras 2 does, and what the original project's network computes with them.

    /usr/bin/python3 keras_files.py .            the fixtures of the tests
    /usr/bin/python3 keras_files.py . --full     also full-size files of both layouts

Needs h5py and numpy. The network is written in plain numpy from its description and shares no code with the product.
"""
import os
import sys

import h5py
import numpy as np

F = [16, 32, 64, 128, 256]


def layers():
    """(layer, [(weight, Keras shape)]) in stored order, weightless layers included."""
    def pair(i, cin, f):
        a, b = f"conv3d_{2 * i}" if i else "conv3d", f"conv3d_{2 * i + 1}"
        return [(f"{a}/kernel:0", (3, 3, 1, cin, f)), (f"{a}/bias:0", (f,)), (f"{b}/kernel:0", (3, 3, 1, f, f)), (f"{b}/bias:0", (f,))]

    def conv(name, cin, cout, k=(1, 1, 1)):
        return [(f"{name}/kernel:0", k + (cin, cout)), (f"{name}/bias:0", (cout,))]

    def numbered(name, i):
        return name if i == 0 else f"{name}_{i}"

    out = [("input_1", [])]
    for i, f in enumerate(F):
        out.append((numbered("sequential", i), pair(i, 1 if i == 0 else F[i - 1], f)))
        if i < 4:
            out.append((numbered("max_pooling3d", i), []))
    out.append(("gating_base", conv("gating_base", 256, 128)))
    for i, f in enumerate([128, 64, 32, 16]):
        up = numbered("conv3d_transpose", i)
        out.append((up, [(f"{up}/kernel:0", (4, 4, 1, f, 2 * f)), (f"{up}/bias:0", (f,))]))
        if i < 3:
            gate, k = numbered("att_gate", i), f // 2
            out.append((gate, [(f"{gate}/theta/kernel:0", (2, 2, 1, f, k))] + conv(f"{gate}/phi", 128, k)
                        + conv(f"{gate}/psi", k, 1) + conv(f"{gate}/W", f, f)))
        out.append((f"concat_{f}", []))
        out.append((f"sequential_{5 + i}", pair(5 + i, 2 * f, f)))
    for i, f in enumerate([128, 64, 32]):
        out.append((numbered("dsv", i), conv(f"{numbered('dsv', i)}/{numbered('conv3d', i)}", f, 2)))
    out += [("conv3d_19", conv("conv3d_19", 16, 2)), ("concatenate", []), ("conv3d_20", conv("conv3d_20", 8, 2))]
    return out + [(f"tf_op_layer_{n}", []) for n in ("Max", "sub", "Exp", "Sum", "truediv")]


def noise(count, stream):
    """Numbers in [-1, 1), the same in every language: a hash of position and stream."""
    u = np.arange(count, dtype=np.uint64) + np.uint64(stream) * np.uint64(0x9E3779B9)
    u = (u & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    with np.errstate(over="ignore"):
        u ^= u >> np.uint32(16)
        u *= np.uint32(0x7FEB352D)
        u ^= u >> np.uint32(15)
        u *= np.uint32(0x846CA68B)
        u ^= u >> np.uint32(16)
    return (u >> np.uint32(8)).astype(np.float64) / 2.0**23 - 1.0


def values(shape, stream):
    """Kernels as they are initialised, biases within 0.05."""
    limit = 0.05 if len(shape) == 1 else np.sqrt(6.0 / (shape[0] * shape[1] * shape[3]))
    return (noise(int(np.prod(shape)), stream) * limit).astype(np.float32).reshape(shape)


def tensors():
    stream, out = 0, {}
    for layer, weights in layers():
        for name, shape in weights:
            stream += 1
            out[f"{layer}/{name}"] = values(shape, stream)
    return out


# The network, on slices x rows x columns x channels in float64.

def conv(x, kernel, bias=None, stride=1):
    k0, k1, _, cin, cout = kernel.shape
    n, h, w, _ = x.shape
    if stride == 1:
        x = np.pad(x, ((0, 0), ((k0 - 1) // 2, k0 // 2), ((k1 - 1) // 2, k1 // 2), (0, 0)))
    y = np.zeros((n, h // stride, w // stride, cout))
    for a in range(k0):
        for b in range(k1):
            y += x[:, a:a + h:stride, b:b + w:stride, :][:, :h // stride, :w // stride] @ kernel[a, b, 0].astype(np.float64)
    return y if bias is None else y + bias


def conv_transpose(x, kernel, bias):
    """Kernel [4, 4, 1, out, in], stride 2, 'same': input pixel i adds tap a to output pixel 2 i + a - 1."""
    n, h, w, _ = x.shape
    full = np.zeros((n, 2 * h + 2, 2 * w + 2, kernel.shape[3]))
    for a in range(4):
        for b in range(4):
            full[:, a:a + 2 * h:2, b:b + 2 * w:2] += x @ kernel[a, b, 0].T.astype(np.float64)
    return full[:, 1:-1, 1:-1] + bias


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def repeat(x, n):
    return x.repeat(n, axis=1).repeat(n, axis=2)


def forward(x):
    weights = tensors()

    def of(layer):
        return [v for k, v in weights.items() if k.split("/")[0] == layer]

    def pair(x, layer):
        ka, ba, kb, bb = of(layer)
        return relu(conv(relu(conv(x, ka, ba)), kb, bb))

    skips = []
    for i in range(5):
        x = pair(x, "sequential" if i == 0 else f"sequential_{i}")
        if i < 4:
            skips.append(x)
            n, h, w, c = x.shape
            x = x.reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))
    g = conv(x, *of("gating_base"))
    heads = []
    for i in range(4):
        suffix = "" if i == 0 else f"_{i}"
        up, skip = conv_transpose(x, *of("conv3d_transpose" + suffix)), skips[3 - i]
        if i < 3:
            theta, phi, phi_b, psi, psi_b, w, w_b = of("att_gate" + suffix)
            t = conv(skip, theta, stride=2)
            p = repeat(conv(g, phi, phi_b), t.shape[1] // g.shape[1])
            skip = conv(skip * repeat(sigmoid(conv(relu(t + p), psi, psi_b)), 2), w, w_b)
        x = pair(np.concatenate([up, skip], axis=-1), f"sequential_{5 + i}")
        heads.append(repeat(conv(x, *of("dsv" + suffix)), 8 >> i) if i < 3 else conv(x, *of("conv3d_19")))
    z = conv(np.concatenate(heads, axis=-1), *of("conv3d_20"))
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e[..., 1] / e.sum(axis=-1)


# The files.

def write(path, within_model, variable_strings, only_biases, libver="earliest"):
    data = tensors()
    with h5py.File(path, "w", libver=libver) as file:
        def names(item, attribute, texts):
            if not texts:
                item.attrs[attribute] = np.asarray([])          # float64, as Keras leaves it
            elif variable_strings:
                item.attrs[attribute] = texts
            else:
                item.attrs[attribute] = [t.encode() for t in texts]

        root = file
        if within_model:
            file.attrs["keras_version"], file.attrs["backend"] = b"2.4.0", b"tensorflow"
            file.attrs["model_config"], file.attrs["training_config"] = b'{"class_name": "Functional"}', b"{}"
            root = file.create_group("model_weights")
            file.create_group("optimizer_weights").attrs["weight_names"] = [b"Adam/iter:0"]
        names(root, "layer_names", [layer for layer, _ in layers()])
        root.attrs["backend"], root.attrs["keras_version"] = b"tensorflow", b"2.4.0"
        for layer, weights in layers():
            group = root.create_group(layer)
            names(group, "weight_names", [name for name, _ in weights])
            for name, shape in weights:
                dataset = group.create_dataset(name, shape, dtype="f4")
                if not only_biases or len(shape) == 1:          # what is never written takes no room and reads as 0
                    dataset[...] = data[f"{layer}/{name}"]


def main():
    folder = os.path.join(sys.argv[1], "Fixtures")
    os.makedirs(folder, exist_ok=True)
    print("weights:", sum(int(np.prod(s)) for _, ws in layers() for _, s in ws))
    write(os.path.join(folder, "model-fixed.h5"), True, False, True)
    write(os.path.join(folder, "weights-variable.h5"), False, True, True, "latest")
    # 6 slices of 64 x 64, every seventh probability.
    x = noise(6 * 64 * 64, 1000).astype(np.float32)
    p = forward(x.reshape(6, 64, 64, 1).astype(np.float64)).reshape(-1)
    print("probabilities:", p.min(), p.mean(), p.max())
    p[::7].astype("<f4").tofile(os.path.join(folder, "probabilities.f32"))
    if "--full" in sys.argv:
        write(os.path.join(sys.argv[1], "full-model.hdf5"), True, False, False)
        write(os.path.join(sys.argv[1], "full-weights.hdf5"), False, True, False)


main()
