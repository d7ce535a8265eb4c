using System.Globalization;
using Rekey.Contract.Download;
using Rekey.Web.Portal.Download;

namespace Rekey.Tests.Web;

public sealed class TypedCodesTests
{
    private static readonly string Reference = ReferenceNumber.New();
    private static readonly string Code = AuthorisationCode.New().Reveal();

    public static TheoryData<string, string?, string?> Pasted => new()
    {
        { "each in its place", Reference, Code },
        { "both in the first", $"{Reference} {Code}", null },
        { "both in the second", "", $"{Reference}\n{Code}" },
        { "a letter's text", $"单位　云泽市图书馆　参考号　{Reference}　授权码　{Code}", "" },
        { "a letter's text in full width", $"参考号：{Wide(Reference)}　授权码：{Wide(Code)}", "" },
        { "small letters, blanks for hyphens, the number in two groups", $"{Reference[..4]} {Reference[4..]}  {Code.Replace('-', ' ').ToLowerInvariant()}", null },
        { "without hyphens", $"{Reference},{Code.Replace("-", "", StringComparison.Ordinal)}", null },
        { "the code on two lines", $"{Reference}\n{Code[..10]}\n{Code[10..]}", null },
        { "something typed before gives way", $"{Reference} {Code}", "K7QM" },
    };

    [Theory]
    [MemberData(nameof(Pasted), DisableDiscoveryEnumeration = true)]
    public void Both_codes_are_found_however_they_were_pasted(string what, string? reference, string? code)
    {
        var typed = TypedCodes.Of(reference, code);
        Assert.True(ReferenceNumber.Read(typed.Reference, out var number) is null && number == Reference, $"{what}: {typed}");
        Assert.True(AuthorisationCode.Read(typed.Code, out var read) is null && read!.Reveal() == Code, $"{what}: {typed}");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("2026", "K7QM")]
    [InlineData("20264471", "K7QM-4XTD-9RWE-2HP")]
    public void What_is_not_both_stays_where_it_was_typed(string? reference, string? code) =>
        Assert.Equal(new TypedCodes(reference ?? "", code ?? ""), TypedCodes.Of(reference, code));

    [Fact]
    public void A_fault_says_how_many_characters_are_missing()
    {
        CultureInfo.CurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("zh-CN");
        Assert.Contains("还差 1 位：现在 15 位，应该是 16 位", TypedCodes.Words(AuthorisationCode.Read(Code[..^1], out _), AuthorisationCode.Length), StringComparison.Ordinal);
        Assert.Contains("多了 1 位", TypedCodes.Words(AuthorisationCode.Read(Code + "A", out _), AuthorisationCode.Length), StringComparison.Ordinal);
        Assert.Contains("“O”", TypedCodes.Words(AuthorisationCode.Read("O" + Code[1..], out _), AuthorisationCode.Length), StringComparison.Ordinal);
        Assert.Null(TypedCodes.Words(AuthorisationCode.Read(Code, out _), AuthorisationCode.Length));
    }

    private static string Wide(string text) => string.Concat(text.Select(c => c is >= '!' and <= '~' ? (char)(c + 0xFEE0) : c));
}
