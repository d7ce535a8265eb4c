using System.Diagnostics.CodeAnalysis;

namespace Rekey.Ra.Subscribers;

/// <summary>Why something is no <see cref="CreditCode"/>.</summary>
public enum CreditCodeFault
{
    /// <summary>It has not 18 characters.</summary>
    Length,

    /// <summary>A character that the standard does not use: I, O, Z, S, V because they look like digits, or none of Latin letters and digits.</summary>
    Character,

    /// <summary>Characters 3 to 8, the administrative division, are not all digits.</summary>
    Division,

    /// <summary>Character 17, which checks the organisation code in characters 9 to 16, does not fit them.</summary>
    OrganisationCode,

    /// <summary>Character 18, which checks the others, does not fit them.</summary>
    CheckCharacter,
}

/// <summary>
/// Unified social credit code of an institution (统一社会信用代码, GB 32100-2015): registering department, kind of institution,
/// administrative division (6), organisation code (9, GB 11714-1997), check character.
/// </summary>
public readonly record struct CreditCode
{
    /// <summary>Characters of a code.</summary>
    public const int Length = 18;

    // GB 32100-2015 table 1: a character's value is its place.
    private const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

    private const int OrganisationStart = 8;

    private static readonly int[] Weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    private static readonly int[] OrganisationWeights = [3, 7, 9, 10, 5, 8, 4, 2];

    private readonly string? text;

    private CreditCode(string text) => this.text = text;

    /// <summary>The six digits of the administrative division (GB/T 2260) where it is registered.</summary>
    public string Division => ToString()[2..OrganisationStart];

    /// <summary>The organisation code (GB 11714-1997), nine characters without a hyphen.</summary>
    public string Organisation => ToString()[OrganisationStart..^1];

    /// <summary>Reads a code.</summary>
    /// <param name="text">Its characters; small letters are taken for capitals, nothing else is mended.</param>
    /// <param name="code">The code.</param>
    /// <param name="fault">Why it is none, the first reason in the order of <see cref="CreditCodeFault"/>; null when it is one.</param>
    public static bool TryParse(string text, out CreditCode code, [NotNullWhen(false)] out CreditCodeFault? fault)
    {
        var capital = text.ToUpperInvariant();
        fault = Fault(capital);
        code = fault is null ? new(capital) : default;
        return fault is null;
    }

    /// <summary>The 18 characters.</summary>
    public override string ToString() => text ?? throw new InvalidOperationException("no code was read");

    private static CreditCodeFault? Fault(string code)
    {
        if (code.Length != Length)
        {
            return CreditCodeFault.Length;
        }

        if (code.Any(c => !Alphabet.Contains(c)))
        {
            return CreditCodeFault.Character;
        }

        return code[2..OrganisationStart].Any(c => !char.IsAsciiDigit(c)) ? CreditCodeFault.Division
            : OrganisationCheck(code.AsSpan(OrganisationStart, OrganisationWeights.Length)) != code[^2] ? CreditCodeFault.OrganisationCode
            : Check(code.AsSpan(0, Weights.Length)) != code[^1] ? CreditCodeFault.CheckCharacter
            : null;
    }

    // GB 32100-2015 section 5 and annex: 31 minus the weighted sum modulo 31.
    private static char Check(ReadOnlySpan<char> code)
    {
        var sum = 0;
        for (var i = 0; i < Weights.Length; i++)
        {
            sum += Alphabet.IndexOf(code[i]) * Weights[i];
        }

        return Alphabet[(Alphabet.Length - (sum % Alphabet.Length)) % Alphabet.Length];
    }

    // GB 11714-1997: 11 minus the weighted sum modulo 11; 10 is written X, 11 is written 0. Here A is 10 and Z 35, without gaps.
    private static char OrganisationCheck(ReadOnlySpan<char> code)
    {
        var sum = 0;
        for (var i = 0; i < OrganisationWeights.Length; i++)
        {
            sum += (char.IsAsciiDigit(code[i]) ? code[i] - '0' : code[i] - 'A' + 10) * OrganisationWeights[i];
        }

        var check = 11 - (sum % 11);
        return check == 10 ? 'X' : (char)('0' + (check % 11));
    }
}
