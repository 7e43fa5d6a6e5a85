using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace PancreasSeg.Dicom;

/// <summary>UIDs that follow from what an object is made of, so that the same object always has the same.</summary>
internal static class DicomUid
{
    /// <summary>
    /// A UID of a UUID (DICOM PS3.5 B.2) of version 8 (RFC 9562): the first 16 bytes of the SHA-256 over the lines in UTF-8.
    /// </summary>
    public static string Of(params IEnumerable<string> lines)
    {
        byte[] uuid = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines)))[..16];
        uuid[6] = (byte)(uuid[6] & 0x0F | 0x80);
        uuid[8] = (byte)(uuid[8] & 0x3F | 0x80);
        return "2.25." + new BigInteger(uuid, isUnsigned: true, isBigEndian: true).ToString(CultureInfo.InvariantCulture);
    }
}
