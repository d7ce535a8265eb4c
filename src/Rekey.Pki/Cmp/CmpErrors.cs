using Org.BouncyCastle.Asn1.Cmp;

namespace Rekey.Pki.Cmp;

/// <summary>Reads refusals.</summary>
internal static class CmpErrors
{
    public static CmpRefusedException Refusal(PkiStatusInfo status, bool byCa)
    {
        var text = status.StatusString is { Count: > 0 } strings ? strings[0].GetString() : "refused without a reason";
        return new CmpRefusedException(Failure(status.FailInfo?.GetBytes()), text) { ByCa = byCa };
    }

    private static CmpFailure? Failure(byte[]? bits)
    {
        for (var i = 0; i < (bits?.Length ?? 0) * 8; i++)
        {
            if ((bits![i / 8] & (0x80 >> (i % 8))) != 0)
            {
                return Enum.IsDefined((CmpFailure)i) ? (CmpFailure)i : null;
            }
        }

        return null;
    }
}
