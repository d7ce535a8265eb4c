using System.Globalization;

namespace Rekey.Tokens.Skf;

/// <summary>Where in ENVELOPEDKEYBLOB's field of 64 octets a token looks for the encrypted private key of 32.</summary>
internal enum EnvelopePlacement
{
    /// <summary>At its right end, as numbers lie everywhere else in the interface.</summary>
    Last,

    /// <summary>At its left end.</summary>
    First,
}

/// <summary>
/// In what a vendor's library differs from others. Nothing here has to be known for a library that tells it by itself; a profile
/// overrides what is found, or says what cannot be found.
/// </summary>
internal sealed record SkfProfile
{
    /// <summary>The variable of the module host that carries a profile.</summary>
    public const string Variable = "REKEY_SKF_PROFILE";

    private const uint Sm2Signing = 0x20200;
    private const uint Sm2SigningOfTheDraft = 0x20100;
    private const ulong FirstUseOfTheDraft = 0x100;
    private const ulong LastUseOfTheStandard = 0x800;

    /// <summary>The binary interface; null: as the device's description shows.</summary>
    public SkfAbi? Abi { get; init; }

    /// <summary>The number of SM2 for signing in SKF_GenECCKeyPair; null: as the device's numbers of algorithms show.</summary>
    public uint? Sm2SigningId { get; init; }

    /// <summary>Where the encrypted private key of an imported pair is looked for.</summary>
    public EnvelopePlacement Envelope { get; init; }

    /// <summary>The one application that counts; null: all.</summary>
    public string? Application { get; init; }

    /// <summary>What PINs are like. GM/T 0016-2012 clause 9.4.3 demands 6 octets.</summary>
    public PinRules PinRules { get; init; } = new(6, null, PinCharacters.Any);

    /// <summary>How many wrong PINs in a row lock the token; null: as it says itself, which tells whether there was one already.</summary>
    public uint? PinTries { get; init; }

    /// <summary>Return values that mean: there is no such key, no such certificate. Everything else is a fault.</summary>
    public IReadOnlyList<uint> AbsentCodes { get; init; } = [SarTable.KeyNotFound, SarTable.CertificateNotFound];

    /// <summary>
    /// Reads a profile: <c>abi=u64-natural, sm2=0x20100, envelope=first, application=NAME, absent=0x0A000001, pin=6-16,
    /// pin-characters=digits, pin-tries=10</c>, each part optional.
    /// </summary>
    /// <exception cref="TokenException">A part that is not known.</exception>
    public static SkfProfile Parse(string? text)
    {
        var profile = new SkfProfile();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            profile = part.Split('=', 2) switch
            {
                ["abi", var value] when SkfAbi.TryParse(value) is { } abi => profile with { Abi = abi },
                ["sm2", var value] when Number(value) is { } id => profile with { Sm2SigningId = id },
                ["envelope", "first"] => profile with { Envelope = EnvelopePlacement.First },
                ["envelope", "last"] => profile with { Envelope = EnvelopePlacement.Last },
                ["application", { Length: > 0 } value] => profile with { Application = value },
                ["absent", var value] when Number(value) is { } code => profile with { AbsentCodes = [.. profile.AbsentCodes, code] },
                ["pin", var value] when Range(value) is { } range => profile with { PinRules = profile.PinRules with { Least = range.Least, Most = range.Most } },
                ["pin-characters", "digits"] => profile with { PinRules = profile.PinRules with { Characters = PinCharacters.Digits } },
                ["pin-characters", "letters-digits"] => profile with { PinRules = profile.PinRules with { Characters = PinCharacters.LettersAndDigits } },
                ["pin-characters", "printable"] => profile with { PinRules = profile.PinRules with { Characters = PinCharacters.Printable } },
                ["pin-tries", var value] when Count(value) is > 0 and var tries => profile with { PinTries = tries },
                _ => throw new TokenException(TokenFault.Driver, $"{Variable}: {part}"),
            };
        }

        return profile;
    }

    /// <summary>The binary interface of a device.</summary>
    /// <param name="deviceInfo">DEVINFO as the library wrote it.</param>
    /// <exception cref="TokenException">
    /// It cannot be told, or is not the profile's: nothing is written with structures that the library understands otherwise.
    /// </exception>
    public SkfAbi AbiOf(ReadOnlySpan<byte> deviceInfo) => (SkfAbi.Detect(deviceInfo), Abi) switch
    {
        ({ } found, null) => found,
        ({ } found, { } given) when found == given => found,
        ({ } found, { } given) => throw new TokenException(TokenFault.NotSupported, $"SKF_GetDevInfo: the library has {found}, its profile {given}"),
        (null, { } given) => given,
        (null, null) => throw new TokenException(TokenFault.NotSupported, "SKF_GetDevInfo: the library's interface is not known"),
    };

    /// <summary>The number of SM2 for signing. In the draft of 2010 the three uses of SM2 have the numbers before those of the standard.</summary>
    /// <param name="asymmetric">AlgAsymCap of the device.</param>
    public uint SigningIdOf(ulong asymmetric) =>
        Sm2SigningId ?? ((asymmetric & (FirstUseOfTheDraft | LastUseOfTheStandard)) == FirstUseOfTheDraft ? Sm2SigningOfTheDraft : Sm2Signing);

    private static (int Least, int? Most)? Range(string text) => text.Split('-') is [var first, var second] && Count(first) is > 0 and var least
        ? second.Length == 0 ? ((int)least, null) : Count(second) is { } most && most >= least ? ((int)least, (int)most) : null
        : null;

    private static uint? Count(string text) => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static uint? Number(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
}
