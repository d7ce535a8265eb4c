using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Download;
using Rekey.Pki.Cmp;
using Rekey.Ra.Operators;
using Rekey.SystemTests.Cmp;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Authorisations;

/// <summary>The first two administrators get codes from the ceremony, each a letter, and with them certificates that nobody had to authorise.</summary>
public sealed partial class FirstAdministratorsTests(AuthorisationSite site) : IClassFixture<AuthorisationSite>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_letters_open_two_certificates_and_then_the_ceremony_is_closed()
    {
        var output = Path.Combine(site.Directory, "letters");
        string[] give = ["ca", "first-administrators", "--person", "YZ-A1=张三", "--person", "YZ-A2=李四", "--organisation", "云泽市政务服务管理局", "--out"];
        var said = await RekeyAsync([.. give, output]);
        var void1 = AuthorisationCodeOf(await File.ReadAllTextAsync(Path.Combine(output, "YZ-A1.txt"), Cancel));
        Assert.DoesNotContain(void1.Code.Reveal(), said, StringComparison.Ordinal);
        await RekeyAsync("ra", "first-administrators", Path.Combine(output, "administrators.json"));

        // Given once more: the letters of the first time are void.
        var again = Path.Combine(site.Directory, "letters-2");
        await RekeyAsync([.. give, again]);
        await RekeyAsync("ra", "first-administrators", Path.Combine(again, "administrators.json"));
        await RekeyAsync("ra", "first-administrators", Path.Combine(again, "administrators.json")); // harmless
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(again, "YZ-A1.txt")));
        Assert.Contains("RK-3504", MacClient.Error(await AskAsync(void1)).Text, StringComparison.Ordinal);

        foreach (var person in (string[])["YZ-A1", "YZ-A2"])
        {
            using var client = new MacClient("download", "secret");
            var letter = AuthorisationCodeOf(await File.ReadAllTextAsync(Path.Combine(again, $"{person}.txt"), Cancel));
            var answer = await AskAsync(letter, client);
            Assert.Equal(CmpBodyType.Confirmation, (await site.AskCaAsync(client.Confirm(answer), null)).Type);
        }

        await using var ra = await site.RaAsync();
        Assert.Equal(
            [("YZ-A1", OperatorRole.SuperAdministrator), ("YZ-A2", OperatorRole.AuditAdministrator)],
            (await ra.Operators.OrderBy(o => o.Subscriber.StableId).Select(o => new { o.Subscriber.StableId, o.Role }).ToListAsync(Cancel)).Select(o => (o.StableId, o.Role)));
        var (code, refusal) = await RekeyCommand.RunAsync([.. give, Path.Combine(site.Directory, "letters-3"), "--dir", site.Directory]);
        Assert.NotEqual(0, code);
        Assert.Contains("there are administrators already", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two different persons", "--person", "YZ-B1=张三")]
    [InlineData("two different persons", "--person", "YZ-B1=张三", "--person", "YZ-B1=李四")]
    [InlineData("is not STABLE-ID=NAME", "--person", "张三", "--person", "YZ-B2=李四")]
    public async Task One_person_is_not_enough(string why, params string[] people)
    {
        var (code, output) = await RekeyCommand.RunAsync(["ca", "first-administrators", .. people, "--organisation", "云泽市政务服务管理局", "--out", Path.Combine(site.Directory, "none"), "--dir", site.Directory]);
        Assert.NotEqual(0, code);
        Assert.Contains(why, output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(site.Directory, "none")));
    }

    private async Task<CmpMessage> AskAsync((string Reference, AuthorisationCode Code) letter, MacClient? with = null)
    {
        var (authorisation, proof) = await site.Open.OpenAsync(letter.Reference, letter.Code, Cancel);
        using var own = new MacClient("download", "secret");
        return await site.AskCaAsync((with ?? own).Request(), authorisation.Evidence(proof), s => s with { Profile = "administrator" });
    }

    private async Task<string> RekeyAsync(params string[] arguments)
    {
        var (code, output) = await RekeyCommand.RunAsync([.. arguments, "--dir", site.Directory]);
        Assert.True(code == 0, output);
        return output;
    }

    private static (string Reference, AuthorisationCode Code) AuthorisationCodeOf(string letter)
    {
        Assert.Null(ReferenceNumber.Read(Number().Match(letter).Value, out var reference));
        Assert.Null(AuthorisationCode.Read(Code().Match(letter).Value, out var code));
        return (reference!, code!);
    }

    [GeneratedRegex("[0-9]{8}")]
    private static partial Regex Number();

    [GeneratedRegex("([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}")]
    private static partial Regex Code();
}
