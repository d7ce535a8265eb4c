using System.Text;
using Rekey.Tokens.Journal;

namespace Rekey.Tokens.Skf;

/// <summary>
/// A container's name and the ids of its two pairs. Names are text, so a renewal's id (<see cref="RenewalKeyId"/>) is its hex there; as in
/// PKCS#11 it says what the pair is for, and the container is named after its signing pair. Any other name is the id of both.
/// </summary>
internal static class ContainerName
{
    /// <summary>The name for an id.</summary>
    public static string Of(ReadOnlySpan<byte> id) => RenewalKeyId.TryRead(id) is { } renewal
        ? Convert.ToHexString((renewal with { Use = PairUse.Signing }).ToBytes())
        : Encoding.UTF8.GetString(id);

    /// <summary>The id of a pair in a container.</summary>
    public static byte[] Id(string name, PairUse use)
    {
        if (name.Length == 2 * RenewalKeyId.Length && name.All(char.IsAsciiHexDigitUpper) && RenewalKeyId.TryRead(Convert.FromHexString(name)) is { Use: PairUse.Signing } renewal)
        {
            return (renewal with { Use = use }).ToBytes();
        }

        return Encoding.UTF8.GetBytes(name);
    }
}
