using static System.FormattableString;

namespace PancreasSeg.Pacs;

/// <summary>What an archive answered to a store request, instance by instance. The status of the answer says little: 200 may hold
/// failures, 409 and 400 successes.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Refused">Reasons in words by SOP instance UID.</param>
/// <param name="Remarks">What the archive remarks on instances that it took, by SOP instance UID.</param>
internal sealed record StoreAnswer(
    int Status, IReadOnlyDictionary<string, string> Refused, IReadOnlyDictionary<string, string> Remarks)
{
    /// <summary>True when the same request would have the same answer: instances that it does not name are not sent again.</summary>
    public bool IsFinal => Status is >= 400 and < 500;

    /// <summary>True when the archive has looked at the instances one by one; otherwise it has refused the request as a whole.</summary>
    public bool IsByInstance => Status is (>= 200 and < 300) or 400 or 409;

    /// <summary>True when nothing at the address stores, whatever is sent.</summary>
    public bool IsNoService => Status is 404 or 405 or (>= 300 and < 400);

    /// <summary>Reads the body, whatever the status; one that is no DICOM JSON names nothing.</summary>
    public static StoreAnswer Read(int status, Stream body, object target)
    {
        Dictionary<string, string> refused = [], remarks = [];
        try
        {
            DicomJson answer = DicomJson.ReadOne(body, target);
            foreach (DicomJson item in answer.Items(ArchiveTag.FailedSopSequence))
                if (item.Uid(ArchiveTag.ReferencedSopInstanceUid) is { } uid)
                    refused[uid] = Words(item.Integer(ArchiveTag.FailureReason));
            foreach (DicomJson item in answer.Items(ArchiveTag.ReferencedSopSequence))
                if (item.Uid(ArchiveTag.ReferencedSopInstanceUid) is { } uid && item.Integer(ArchiveTag.WarningReason) is { } remark)
                    remarks[uid] = Words(remark);
        }
        catch (CoreException e) when (e.Fault == Fault.ServerAnswerInvalid)
        {
            // What was stored is found by asking for it.
        }
        return new StoreAnswer(status, refused, remarks);
    }

    /// <summary>Why a request was refused as a whole, in words.</summary>
    public static string RefusalWords(int status) => status switch
    {
        >= 300 and < 400 => Invariant($"the server sends it elsewhere ({status}), as to a page for signing on"),
        404 or 405 => Invariant($"nothing at the address stores objects ({status})"),
        413 => "it is larger than the archive or a proxy before it takes (413)",
        415 => "the archive does not take this kind of object (415)",
        _ => Invariant($"the archive refuses the request ({status})"),
    };

    /// <summary>A failure or warning reason of DICOM PS3.18 and PS3.4 in words.</summary>
    public static string Words(int? reason) => reason switch
    {
        null => "no reason given",
        0x0110 => "the archive failed while it worked on it, or it belongs to another study (0110)",
        0x0111 => "the archive holds another instance of this UID (0111)",
        0x0122 => "the archive does not take this kind of object (0122)",
        0x0124 => "the user may not store this (0124)",
        >= 0xA700 and <= 0xA7FF => Invariant($"the archive is out of space or other resources ({reason:X4})"),
        >= 0xA900 and <= 0xA9FF => Invariant($"its content does not fit its class ({reason:X4})"),
        0xB000 => "the archive changed elements (B000)",
        0xB006 => "the archive left elements out (B006)",
        0xB007 => "its content does not fit its class, but was stored (B007)",
        >= 0xC000 and <= 0xCFFF => Invariant($"the archive does not understand it ({reason:X4})"),
        _ => Invariant($"reason {reason:X4}"),
    };
}
