using System.Text;
using Rekey.Tokens.Journal;

namespace Rekey.Tokens.Skf;

/// <summary>
/// A container's name and the ids of its two pairs. Names are text, so a renewal's id (<see cref="RenewalKeyId"/>) is its hex there, and the
/// container is named after its signing pair. With any other name, the signing pair's id is the name, the encryption pair's the name and a
/// NUL, which no name has in it.
/// </summary>
internal static class ContainerName
{
    /// <summary>The container of a pair.</summary>
    public static string Of(ReadOnlySpan<byte> id) => RenewalKeyId.TryRead(id) is { } renewal
        ? Convert.ToHexString((renewal with { Use = PairUse.Signing }).ToBytes())
        : Encoding.UTF8.GetString(id.TrimEnd((byte)0));

    /// <summary>Which of a container's pairs an id is.</summary>
    public static PairUse Use(ReadOnlySpan<byte> id) =>
        RenewalKeyId.TryRead(id)?.Use ?? (id.EndsWith((byte)0) ? PairUse.Encryption : PairUse.Signing);

    /// <summary>The id of a pair in a container.</summary>
    public static byte[] Id(string name, PairUse use)
    {
        if (name.Length == 2 * RenewalKeyId.Length && name.All(char.IsAsciiHexDigitUpper) && RenewalKeyId.TryRead(Convert.FromHexString(name)) is { Use: PairUse.Signing } renewal)
        {
            return (renewal with { Use = use }).ToBytes();
        }

        return Encoding.UTF8.GetBytes(use == PairUse.Signing ? name : name + "\0");
    }
}
