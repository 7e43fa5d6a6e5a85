using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PancreasSeg.Dicom;

/// <summary>UIDs that follow from what an object is made of, so that the same object always has the same.</summary>
internal static partial class DicomUid
{
    /// <summary>True for numbers joined by dots, at most 64 characters (PS3.5 chapter 9); leading zeros, which some devices write,
    /// are allowed.</summary>
    public static bool IsWellFormed(string text) => text.Length <= 64 && Numbers().IsMatch(text);

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

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)*\z")]
    private static partial Regex Numbers();
}
