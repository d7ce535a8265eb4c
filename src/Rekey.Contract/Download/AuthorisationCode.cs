using System.Security.Cryptography;
using System.Text;

namespace Rekey.Contract.Download;

/// <summary>
/// The authorisation code (授权码) of a download authorisation: 16 characters of an alphabet without 0, O, 1 and I, the last of them a check
/// character. 75 random bits, so a hash of it tells nobody anything. It prints as asterisks, wherever it may get printed.
/// </summary>
public sealed class AuthorisationCode
{
    /// <summary>Characters of a code.</summary>
    public const int Length = 16;

    private const int Group = 4;

    private readonly string characters;

    private AuthorisationCode(string characters) => this.characters = characters;

    /// <summary>A new one.</summary>
    public static AuthorisationCode New()
    {
        Span<int> digits = stackalloc int[Length];
        for (var i = 0; i < Length - 1; i++)
        {
            digits[i] = RandomNumberGenerator.GetInt32(CodeAlphabet.Characters.Length);
        }

        digits[^1] = CodeAlphabet.CheckOf(digits[..^1]);
        var code = new char[Length];
        for (var i = 0; i < Length; i++)
        {
            code[i] = CodeAlphabet.Characters[digits[i]];
        }

        return new(new(code));
    }

    /// <summary>Reads what a person typed: blanks, hyphens, case and full width do not matter.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="code">The code; null when it is none.</param>
    /// <returns>Null, or what is wrong with it. No try is spent on that.</returns>
    public static CodeFault? Read(string? typed, out AuthorisationCode? code)
    {
        code = null;
        var characters = CodeAlphabet.Normalise(typed);
        if (characters.FirstOrDefault(c => !CodeAlphabet.Characters.Contains(c)) is var strange and not '\0')
        {
            return new(CodeFaultKind.Strange, characters.Length, strange);
        }

        if (characters.Length != Length)
        {
            return new(characters.Length < Length ? CodeFaultKind.TooShort : CodeFaultKind.TooLong, characters.Length);
        }

        if (!CodeAlphabet.IsChecked([.. characters.Select(c => CodeAlphabet.Characters.IndexOf(c))]))
        {
            return new(CodeFaultKind.Mistyped, Length);
        }

        code = new(characters);
        return null;
    }

    /// <summary>The code for the one who is to have it, in groups of four.</summary>
    public string Reveal() => string.Join('-', characters.Chunk(Group).Select(g => new string(g)));

    /// <summary>
    /// What proves that somebody had the code together with this reference number: SHA-256 of both. 32 octets. It lives as long as a
    /// download does and is never stored in clear.
    /// </summary>
    public byte[] ProofFor(string reference) => SHA256.HashData(Encoding.ASCII.GetBytes($"rekey authorisation code 1\n{reference}\n{characters}"));

    /// <summary>What is stored, and what the operators sign: SHA-256 of the proof. 32 octets.</summary>
    public static byte[] HashOf(ReadOnlySpan<byte> proof) => SHA256.HashData(proof);

    /// <summary>Asterisks.</summary>
    public override string ToString() => "***";
}

/// <summary>The reference number (参考号) of a download authorisation: 8 digits, the last of them a check digit (ISO 7064, MOD 11,10).</summary>
public static class ReferenceNumber
{
    /// <summary>Digits of a reference number.</summary>
    public const int Length = 8;

    /// <summary>A new one. Whether it is taken only the store knows.</summary>
    public static string New()
    {
        Span<char> digits = stackalloc char[Length];
        for (var i = 0; i < Length - 1; i++)
        {
            // Without a zero in front: what opens the letter in a spreadsheet keeps all digits.
            digits[i] = (char)('0' + RandomNumberGenerator.GetInt32(i == 0 ? 1 : 0, 10));
        }

        digits[^1] = CheckOf(digits[..^1]);
        return new(digits);
    }

    /// <summary>Reads what a person typed: blanks, hyphens and full width do not matter.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="reference">The number; null when it is none.</param>
    /// <returns>Null, or what is wrong with it. No try is spent on that.</returns>
    public static CodeFault? Read(string? typed, out string? reference)
    {
        reference = null;
        var digits = CodeAlphabet.Normalise(typed);
        if (digits.FirstOrDefault(c => !char.IsAsciiDigit(c)) is var strange and not '\0')
        {
            return new(CodeFaultKind.Strange, digits.Length, strange);
        }

        if (digits.Length != Length)
        {
            return new(digits.Length < Length ? CodeFaultKind.TooShort : CodeFaultKind.TooLong, digits.Length);
        }

        if (CheckOf(digits.AsSpan(..^1)) != digits[^1])
        {
            return new(CodeFaultKind.Mistyped, Length);
        }

        reference = digits;
        return null;
    }

    private static char CheckOf(ReadOnlySpan<char> digits)
    {
        var p = 10;
        foreach (var digit in digits)
        {
            var s = (p + digit - '0') % 10;
            p = (s == 0 ? 10 : s) * 2 % 11;
        }

        return (char)('0' + ((11 - p) % 10));
    }
}

/// <summary>What is wrong with a code as it was typed.</summary>
public enum CodeFaultKind
{
    /// <summary>Characters are missing.</summary>
    TooShort,

    /// <summary>There are too many.</summary>
    TooLong,

    /// <summary>A character that no such code has.</summary>
    Strange,

    /// <summary>The check character does not fit: one is another, or two are exchanged.</summary>
    Mistyped,
}

/// <summary>What is wrong with a code as it was typed.</summary>
/// <param name="Kind">What.</param>
/// <param name="Typed">How many characters were typed, blanks and hyphens not counted.</param>
/// <param name="Character">With <see cref="CodeFaultKind.Strange"/>: which one.</param>
public sealed record CodeFault(CodeFaultKind Kind, int Typed, char? Character = null);
