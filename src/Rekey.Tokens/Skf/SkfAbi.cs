using System.Globalization;

namespace Rekey.Tokens.Skf;

/// <summary>
/// What GM/T 0016 leaves open of the binary interface, or vendors do otherwise: the width of ULONG and the packing of structures. Arguments
/// need no knowledge of it (a register is a register); structures do.
/// </summary>
/// <param name="UlongSize">4 or 8 octets.</param>
/// <param name="Natural">Fields at multiples of their size; otherwise without gaps.</param>
internal sealed record SkfAbi(int UlongSize, bool Natural)
{
    /// <summary>Room for a DEVINFO of any form.</summary>
    public const int DeviceInfoRoom = 512;

    private const int CapabilitiesAt = 198;

    /// <summary>All that are about.</summary>
    public static IReadOnlyList<SkfAbi> All { get; } = [new(4, false), new(4, true), new(8, false), new(8, true)];

    /// <summary>Reads <c>u32-pack1</c>, <c>u32-natural</c>, <c>u64-pack1</c> or <c>u64-natural</c>; null when it is none.</summary>
    public static SkfAbi? TryParse(string text) => All.FirstOrDefault(a => a.ToString() == text);

    /// <summary>
    /// The one form in which a device's description makes sense; null when none or several do. The four numbers of algorithms in it lie at
    /// other places in each form, and read at a wrong place they are none.
    /// </summary>
    /// <param name="info">DEVINFO as the library wrote it, with room behind it.</param>
    public static SkfAbi? Detect(ReadOnlySpan<byte> info)
    {
        SkfAbi? found = null;
        foreach (var candidate in All)
        {
            if (candidate.MakesSense(info))
            {
                if (found is not null)
                {
                    return null;
                }

                found = candidate;
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"u{UlongSize * 8}-{(Natural ? "natural" : "pack1")}");

    private bool MakesSense(ReadOnlySpan<byte> info)
    {
        var reader = new SkfReader(this, info) { Position = CapabilitiesAt };
        var (symmetric, asymmetric, hash, authentication) = (reader.Ulong(), reader.Ulong(), reader.Ulong(), reader.Ulong());
        const ulong AnyCipher = 0xFFFF, RsaOrSm2 = 0x30000, AnyAsymmetric = 0x3FFFF, AnyHash = 0xFF;
        return symmetric is > 0 and <= AnyCipher
            && (asymmetric & RsaOrSm2) != 0 && asymmetric <= AnyAsymmetric
            && hash is > 0 and <= AnyHash
            && authentication is > 0 and <= AnyCipher;
    }
}
