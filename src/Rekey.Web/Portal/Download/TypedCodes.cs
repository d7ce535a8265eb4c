using System.Text;
using System.Text.RegularExpressions;
using Rekey.Contract.Download;
using Rekey.Web.Portal.Texts;
using static Rekey.Web.Design.Wording;

namespace Rekey.Web.Portal.Download;

/// <summary>The two codes as a visitor typed or pasted them.</summary>
/// <param name="Reference">In the place of the reference number.</param>
/// <param name="Code">In the place of the authorisation code.</param>
internal sealed partial record TypedCodes(string Reference, string Code)
{
    /// <summary>Reads the two fields. A letter's whole text pasted into one of them is taken apart; what is there already in the other one gives way.</summary>
    public static TypedCodes Of(string? reference, string? code) => Both(reference) ?? Both(code) ?? new(reference?.Trim() ?? "", code?.Trim() ?? "");

    /// <summary>What a field's fault is in words; null for none.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="length">How long such a code is.</param>
    public static string? Words(CodeFault? fault, int length) => fault switch
    {
        null => null,
        { Typed: 0, Kind: CodeFaultKind.TooShort } => Text.Download_CodeMissing,
        { Kind: CodeFaultKind.TooShort } f => F(Text.Download_CodeShort, length - f.Typed, f.Typed, length),
        { Kind: CodeFaultKind.TooLong } f => F(Text.Download_CodeLong, f.Typed - length, f.Typed, length),
        { Kind: CodeFaultKind.Strange } f => F(Text.Download_CodeStrange, f.Character!.Value),
        _ => Text.Download_CodeMistyped,
    };

    private static TypedCodes? Both(string? pasted)
    {
        // A line of a letter is short; what is far longer is something else.
        if (pasted is not { Length: > ReferenceNumber.Length + AuthorisationCode.Length - 1 and < 2000 })
        {
            return null;
        }

        var text = pasted.Normalize(NormalizationForm.FormKC);
        var reference = ReferenceForm().Match(text);
        return reference.Success && CodeForm().Match(text.Remove(reference.Index, reference.Length)) is { Success: true } code ? new(reference.Value, code.Value) : null;
    }

    [GeneratedRegex(@"(?<![0-9A-Za-z])[0-9]{4}[ ]?[0-9]{4}(?![0-9A-Za-z])")]
    private static partial Regex ReferenceForm();

    [GeneratedRegex(@"(?<![0-9A-Za-z])[2-9A-HJ-NP-Za-hj-np-z]{4}(?:\s*[-\u2010-\u2015\u2212]?\s*[2-9A-HJ-NP-Za-hj-np-z]{4}){3}(?![0-9A-Za-z])")]
    private static partial Regex CodeForm();
}
