namespace Rekey.SoftToken.Abi;

/// <summary>
/// The two things of the binary interface that GM/T 0016 leaves open, or that vendors do otherwise: how wide ULONG is, and whether
/// structures are packed.
/// </summary>
/// <param name="UlongSize">4 or 8 octets.</param>
/// <param name="Natural">Fields at multiples of their size; otherwise without gaps.</param>
internal sealed record Variant(int UlongSize, bool Natural)
{
    /// <summary>Reads <c>u32-pack1</c>, <c>u32-natural</c>, <c>u64-pack1</c> or <c>u64-natural</c>; nothing is the first.</summary>
    public static Variant Parse(string? text) => text?.Trim() switch
    {
        null or "" or "u32-pack1" => new(4, false),
        "u32-natural" => new(4, true),
        "u64-pack1" => new(8, false),
        "u64-natural" => new(8, true),
        var other => throw new InvalidDataException($"{other} is not a variant of the interface"),
    };
}
