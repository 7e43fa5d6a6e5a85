#!/usr/bin/env python3
"""Makes the encoded frames of this folder from synthetic slices (CodecSlices.cs has the same formula).

Debian 12: apt-get install dcmtk libgdcm-tools libcharls2 libopenjp2-tools libjpeg-turbo-progs python3-pydicom python3-gdcm python3-numpy
Run with /usr/bin/python3; with the folder of a series it prints the hash of its pixels instead. Every lossless frame is decoded again by GDCM or CharLS and compared before it is stored.
"""
import ctypes, hashlib, os, struct, subprocess, sys, tempfile
import gdcm, numpy as np, pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import defragment_data

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = tempfile.mkdtemp()
ROWS, COLS = 47, 61
SLICES = {'u2': (8, 2, False), 'u5': (8, 5, False), 'u8': (8, 8, False), 'u16': (16, 16, False),
          'u12': (16, 12, False), 's12': (16, 12, True), 's16': (16, 16, True), 'u32': (32, 32, False)}


def sample(row, column, stored, signed):
    """Air, a body with noise, a bone, then rows of full-range noise and of the largest steps."""
    x, y = column - 30, row - 20
    noise = ((row * 7349 + column * 9151 + row * column * 31) * 2654435761 & 0xFFFFFFFF) >> 16
    mask = (1 << stored) - 1
    if row >= 45:
        return 0 if column % 2 == 0 else mask // 2 + 1
    if row >= 42:
        return noise * 65537 & mask
    hu = -1000
    if 3 * x * x + 5 * y * y < 1800:
        hu = 40 + x * 2 + (noise & 31)
    if x * x + y * y < 30:
        hu = 700 + (noise & 255)
    if stored <= 8:
        return (hu + 1000) // 8 >> 8 - stored
    return (hu if signed else hu + 1024) & mask


def truth(name):
    allocated, stored, signed = SLICES[name]
    values = [[sample(r, c, stored, signed) for c in range(COLS)] for r in range(ROWS)]
    return np.array(values, dtype={8: np.uint8, 16: np.uint16, 32: np.uint32}[allocated])


def signed_values(name):
    allocated, stored, signed = SLICES[name]
    values = truth(name).astype(np.int64)
    return np.where(values >> (stored - 1), values - (1 << stored), values) if signed else values


def dicom(name):
    allocated, stored, signed = SLICES[name]
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = '1.2.840.10008.5.1.4.1.1.7'
    meta.MediaStorageSOPInstanceUID = '1.2.3.4.5'
    ds = Dataset()
    ds.file_meta, ds.is_little_endian, ds.is_implicit_VR = meta, True, False
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID, 'OT'
    ds.StudyInstanceUID = ds.SeriesInstanceUID = '1.2.3.4.6'
    ds.PatientName = ds.PatientID = ds.StudyID = ''
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, 'MONOCHROME2'
    ds.Rows, ds.Columns = ROWS, COLS
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = allocated, stored, stored - 1, int(signed)
    values = truth(name)
    if signed:  # sign-extended, as scanners write it
        values = signed_values(name).astype(np.int16)
    ds.PixelData = values.tobytes() + (b'\0' if values.nbytes % 2 else b'')
    ds['PixelData'].VR = 'OB' if allocated == 8 else 'OW'
    path = f'{WORK}/{name}.dcm'
    ds.save_as(path, write_like_original=False)
    return path


def encapsulated(path):
    return defragment_data(pydicom.dcmread(path).PixelData)


def decoded_by_gdcm(path, dtype):
    raw = path + '.raw'
    subprocess.run(['gdcmconv', '--raw', path, raw], check=True)
    ds = pydicom.dcmread(raw)
    return np.frombuffer(ds.PixelData[:ROWS * COLS * np.dtype(dtype).itemsize], dtype).reshape(ROWS, COLS)


def wrap(name, codestream, syntax):
    """A DICOM file around a codestream, for GDCM to check."""
    path = f'{WORK}/wrapped.dcm'
    ds = pydicom.dcmread(dicom(name))
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelData = pydicom.encaps.encapsulate([codestream])
    ds['PixelData'].is_undefined_length = True
    ds['PixelData'].VR = 'OB'
    ds.save_as(path, write_like_original=False)
    return path


def store(file, data):
    data = data.rstrip(b'\0') if data[:2] == b'\xff\xd8' else data
    with open(f'{HERE}/{file}', 'wb') as f:
        f.write(data)
    print(f'{file:28} {len(data):6} bytes')


def check(name, decoded, near=0):
    stored = SLICES[name][1]
    mask = (1 << stored) - 1
    difference = np.abs((decoded.astype(np.int64) & mask) - (truth(name).astype(np.int64) & mask))
    assert difference.max() <= near, (name, difference.max())


def tool(name, file, command, near=0, verify=True):
    path = f'{WORK}/out.dcm'
    subprocess.run([a.replace('IN', dicom(name)).replace('OUT', path) for a in command.split()], check=True)
    if verify:
        check(name, decoded_by_gdcm(path, truth(name).dtype), near)
    store(file, encapsulated(path))


# JPEG Lossless with restart markers and unusual tables (T.81 Annex H), which none of the tools writes.
def lossless_jpeg(name, predictor, rows_per_interval, lengths, table):
    """lengths: code length of each category 0..16; the other tables are decoys."""
    stored = SLICES[name][1]
    order = sorted(range(17), key=lambda s: (lengths[s], s))
    codes, code, last = {}, 0, lengths[order[0]]
    for symbol in order:
        code <<= lengths[symbol] - last
        last = lengths[symbol]
        codes[symbol] = code
        code += 1
        assert code <= (1 << last) - (last == 16), 'too many codes'
    counts = bytes(sum(1 for s in order if lengths[s] == n) for n in range(1, 17))
    decoy = bytes([0, 2] + [0] * 14 + [5, 6])
    dht = bytes([(table + 1) & 3]) + decoy + bytes([table]) + counts + bytes(order)
    segment = lambda marker, body: bytes([0xFF, marker]) + struct.pack('>H', len(body) + 2) + body
    out = b'\xff\xd8' + segment(0xFE, b'test') + segment(0xC4, bytes([table]) + decoy) + segment(0xC4, dht)
    out += segment(0xC3, struct.pack('>BHHB', stored, ROWS, COLS, 1) + b'\x07\x11\x00')
    out += segment(0xDD, struct.pack('>H', rows_per_interval * COLS))
    out += b'\xff' + segment(0xDA, bytes([1, 7, table << 4, predictor, 0, 0]))
    image = truth(name).astype(int)
    for interval, top in enumerate(range(0, ROWS, rows_per_interval)):
        if interval:
            out += bytes([0xFF, 0xD0 | (interval - 1) & 7])
        bits = ''
        for r in range(top, min(top + rows_per_interval, ROWS)):
            for c in range(COLS):
                a = image[r, c - 1] if c else 0
                b = image[r - 1, c] if r > top else 0
                d = image[r - 1, c - 1] if r > top and c else 0
                if r == top:
                    p = a if c else 1 << (stored - 1)
                elif c == 0:
                    p = b
                else:
                    p = [a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1][predictor - 1]
                difference = (int(image[r, c]) - int(p)) & 0xFFFF
                if difference > 32768:
                    difference -= 65536
                category = abs(difference).bit_length()
                bits += format(codes[category], f'0{lengths[category]}b')
                if 0 < category < 16:
                    bits += format(difference if difference > 0 else difference + (1 << category) - 1, f'0{category}b')
        bits += '1' * (-len(bits) % 8)
        data = int(bits, 2).to_bytes(len(bits) // 8, 'big')
        out += data.replace(b'\xff', b'\xff\x00')
    return out + b'\xff\xd9'


# JPEG-LS by the CharLS library: more parameters than the tools offer.
def charls(call, *arguments):
    code = call(*arguments)
    assert code == 0, (call.__name__, code)


def charls_encode(name, precision, near=0, presets=None):
    lib = ctypes.CDLL('libcharls.so.2')
    lib.charls_jpegls_encoder_create.restype = ctypes.c_void_p
    encoder = ctypes.c_void_p(lib.charls_jpegls_encoder_create())
    source, target = truth(name), ctypes.create_string_buffer(100000)
    charls(lib.charls_jpegls_encoder_set_destination_buffer, encoder, target, ctypes.c_size_t(len(target)))
    charls(lib.charls_jpegls_encoder_set_frame_info, encoder, (ctypes.c_int32 * 4)(COLS, ROWS, precision, 1))
    charls(lib.charls_jpegls_encoder_set_near_lossless, encoder, near)
    if presets:
        charls(lib.charls_jpegls_encoder_set_preset_coding_parameters, encoder, (ctypes.c_int32 * 5)(*presets))
    charls(lib.charls_jpegls_encoder_encode_from_buffer, encoder, source.ctypes.data_as(ctypes.c_void_p),
           ctypes.c_size_t(source.nbytes), ctypes.c_uint32(0))
    written = ctypes.c_size_t()
    charls(lib.charls_jpegls_encoder_get_bytes_written, encoder, ctypes.byref(written))
    return target.raw[:written.value]


def charls_decode(codestream, name):
    lib = ctypes.CDLL('libcharls.so.2')
    lib.charls_jpegls_decoder_create.restype = ctypes.c_void_p
    decoder = ctypes.c_void_p(lib.charls_jpegls_decoder_create())
    target = np.zeros((ROWS, COLS), truth(name).dtype)
    charls(lib.charls_jpegls_decoder_set_source_buffer, decoder, codestream, ctypes.c_size_t(len(codestream)))
    charls(lib.charls_jpegls_decoder_read_header, decoder)
    charls(lib.charls_jpegls_decoder_decode_to_buffer, decoder, target.ctypes.data_as(ctypes.c_void_p),
           ctypes.c_size_t(target.nbytes), ctypes.c_uint32(0))
    return target


# Restart intervals: strips coded by themselves, joined by restart markers (T.87: an interval starts from the initial state).
def restart_jpegls(name, rows):
    segments = []
    for top in range(0, ROWS, rows):
        ds = pydicom.dcmread(dicom(name))
        strip = ds.pixel_array[top:top + rows]
        ds.Rows, ds.PixelData = strip.shape[0], strip.tobytes()
        ds.save_as(f'{WORK}/strip.dcm', write_like_original=False)
        subprocess.run(['dcmcjpls', '+el', f'{WORK}/strip.dcm', f'{WORK}/strip-ls.dcm'], check=True)
        data = encapsulated(f'{WORK}/strip-ls.dcm').rstrip(b'\0')
        assert data.endswith(b'\xff\xd9')
        scan = data.index(b'\xff\xda')
        header, body = data[:scan + 10], data[scan + 10:-2]
        if body.endswith(b'\xff'):
            body = body[:-1]
        segments.append((header, body))
    frame = segments[0][0].index(b'\xff\xf7')
    scan = segments[0][0].index(b'\xff\xda')
    head = segments[0][0]
    head = head[:frame + 5] + struct.pack('>H', ROWS) + head[frame + 7:scan] + struct.pack('>HHH', 0xFFDD, 4, rows) + head[scan:]
    out = head
    for i, (_, body) in enumerate(segments):
        out += (bytes([0xFF, 0xD0 | (i - 1) & 7]) if i else b'') + body
    return out + b'\xff\xd9'


def main():
    for name in ('u8', 'u12', 's16', 'u32'):
        # GDCM cannot check 32 bits; DCMTK can.
        tool(name, f'{name}.rle', 'dcmcrle IN OUT', verify=name != 'u32')
    for name in ('u12', 's16'):
        for predictor in range(1, 8):
            tool(name, f'{name}-predictor{predictor}.ljpg', f'dcmcjpeg +el +sv {predictor} IN OUT')
    for name in ('u8', 's12'):
        tool(name, f'{name}-predictor1.ljpg', 'dcmcjpeg +e1 IN OUT')
    tool('u12', 'u12-shift2.ljpg', 'dcmcjpeg +el +sv 6 +pt 2 IN OUT', near=3)
    deep = [4, 4, 3, 3, 3, 4, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 16]
    # The tools' headers state 16 bits for 12 stored; these state 12.
    for name, predictor in (('u12', 4), ('s12', 5), ('s16', 7)):
        data = lossless_jpeg(name, predictor, 5, deep, 2)
        check(name, decoded_by_gdcm(wrap(name, data, '1.2.840.10008.1.2.4.57'), truth(name).dtype))
        store(f'{name}-restart.ljpg', data)

    for name in ('u8', 'u12', 's12', 's16'):
        tool(name, f'{name}.jls', 'dcmcjpls +el IN OUT')
    for name, precision, near, presets, file in (
            ('u2', 2, 0, None, 'u2-precision2'), ('u5', 5, 0, None, 'u5-precision5'), ('u12', 12, 0, None, 'u12-precision12'),
            ('s12', 12, 0, None, 's12-precision12'), ('u12', 12, 0, (4095, 9, 40, 500, 31), 'u12-presets'),
            ('u5', 5, 2, None, 'u5-near2'), ('u8', 8, 1, None, 'u8-near1'), ('u12', 12, 3, None, 'u12-near3'),
            ('u16', 16, 255, None, 'u16-near255')):
        data = charls_encode(name, precision, near, presets)
        decoded = charls_decode(data, name)
        check(name, decoded, near)
        store(file + '.jls', data)
        if near:
            store(file + '.raw', decoded.tobytes())
    for name in ('u12', 's16'):
        data = restart_jpegls(name, 4)
        check(name, charls_decode(data, name))
        store(f'{name}-restart.jls', data)

    for name, process, file in (('u8', '+eb', 'u8-baseline'), ('u12', '+ee', 'u12-extended')):
        tool(name, file + '.jpg', f'dcmcjpeg {process} +q 80 IN OUT', verify=False)
        subprocess.run(['dcmdjpeg', f'{WORK}/out.dcm', f'{WORK}/decoded.dcm'], check=True)
        store(file + '.raw', pydicom.dcmread(f'{WORK}/decoded.dcm').PixelData[:truth(name).nbytes])
    pgm, jpg = f'{WORK}/u8.pgm', f'{WORK}/u8.jpg'
    with open(pgm, 'wb') as f:
        f.write(b'P5 %d %d 255 ' % (COLS, ROWS) + truth('u8').tobytes())
    subprocess.run(['cjpeg', '-quality', '30', '-restart', '3B', '-outfile', jpg, pgm], check=True)
    store('u8-restart.jpg', open(jpg, 'rb').read())
    store('u8-restart.raw', subprocess.run(['djpeg', '-pnm', jpg], check=True, capture_output=True).stdout[-ROWS * COLS:])

    for name in ('u8', 'u12', 's12', 's16'):
        tool(name, f'{name}.j2k', 'gdcmconv --j2k IN OUT')
    # Codestreams whose sign is not the data set's: the same low twelve bits.
    raw, bits = f'{WORK}/slice.rawl', truth('u12').astype(np.int32)
    truth('s12').tofile(raw)
    opj_compress(raw, 's12-unsigned.j2k', '-F', f'{COLS},{ROWS},1,12,u')
    np.where(bits >= 2048, bits - 4096, bits).astype(np.int16).tofile(raw)
    opj_compress(raw, 'u12-signed.j2k', '-F', f'{COLS},{ROWS},1,12,s')
    truth('u12').tofile(raw)
    lossy = opj_compress(raw, 'u12-lossy.j2k', '-F', f'{COLS},{ROWS},1,12,u', '-I', '-r', '3')
    store('u12-lossy-j2k.raw', decoded_by_gdcm(wrap('u12', lossy, '1.2.840.10008.1.2.4.91'), np.uint16).tobytes())
    opj_compress(raw, 'u12-tiles.jp2', '-F', f'{COLS},{ROWS},1,12,u', '-t', '32,16', '-n', '3')


def opj_compress(raw, file, *options):
    path = f'{WORK}/{file}'
    subprocess.run(['opj_compress', '-i', raw, '-o', path, *options], check=True, stdout=subprocess.DEVNULL)
    data = open(path, 'rb').read()
    store(file, data)
    return data


def hash_slices(folder):
    """SHA-256 of all slices of a series in the order of their file names, as GDCM decodes them."""
    digest = hashlib.sha256()
    for file in sorted(f for f in os.listdir(folder) if f.startswith('CT.')):
        ds = pydicom.dcmread(f'{folder}/{file}')
        ds.SOPClassUID, ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPClassUID, '1.2.3'
        ds.StudyInstanceUID = ds.SeriesInstanceUID = '1.2.3'
        ds.file_meta.MediaStorageSOPInstanceUID = '1.2.3'
        ds.save_as(f'{WORK}/slice.dcm')
        subprocess.run(['gdcmconv', '--raw', f'{WORK}/slice.dcm', f'{WORK}/raw.dcm'], check=True)
        digest.update(pydicom.dcmread(f'{WORK}/raw.dcm').PixelData)
    print(digest.hexdigest())


if __name__ == '__main__':
    main() if len(sys.argv) == 1 else hash_slices(sys.argv[1])
