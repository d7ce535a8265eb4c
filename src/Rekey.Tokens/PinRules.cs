using System.Globalization;
using Rekey.Contract.Problems;

namespace Rekey.Tokens;

/// <summary>Of which characters a PIN can be.</summary>
public enum PinCharacters
{
    /// <summary>Any, as far as is known.</summary>
    Any,

    /// <summary>Digits.</summary>
    Digits,

    /// <summary>Letters of the Latin alphabet and digits.</summary>
    LettersAndDigits,

    /// <summary>What a keyboard has: ASCII from ! to ~.</summary>
    Printable,
}

/// <summary>
/// What every PIN of a token is like. One that is not cannot be right, so it is not given to the token, which might count it as a wrong one.
/// </summary>
/// <param name="Least">Least octets.</param>
/// <param name="Most">Most octets; null when not known.</param>
/// <param name="Characters">Of which characters.</param>
public sealed record PinRules(int Least, int? Most, PinCharacters Characters)
{
    /// <summary>Why a PIN cannot be one of the token's; null when it can.</summary>
    /// <param name="pin">UTF-8.</param>
    public Problem? WhyNot(ReadOnlySpan<byte> pin) =>
        pin.Length < Least || pin.Length > (Most ?? int.MaxValue) ? Problems.PinLength(Length)
        : pin.Contains((byte)0) ? Problems.PinNotPossible() // libraries take it for the end
        : Set(Characters) is { } set && pin.ContainsAnyExcept(set.Octets) ? Problems.PinCharacters(set.Shown)
        : null;

    // As people of both languages read it.
    private string Length => Most is not { } most ? string.Create(CultureInfo.InvariantCulture, $"≥ {Least}")
        : most == Least ? Least.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Least}–{most}");

    private static (byte[] Octets, string Shown)? Set(PinCharacters characters) => characters switch
    {
        PinCharacters.Digits => (Octets(char.IsAsciiDigit), "0–9"),
        PinCharacters.LettersAndDigits => (Octets(char.IsAsciiLetterOrDigit), "A–Z, a–z, 0–9"),
        PinCharacters.Printable => (Octets(c => c is >= '!' and <= '~'), "A–Z, a–z, 0–9, ! \" # … ~"),
        _ => null,
    };

    private static byte[] Octets(Func<char, bool> isOne) => [.. Enumerable.Range(0, 128).Where(c => isOne((char)c)).Select(c => (byte)c)];
}
