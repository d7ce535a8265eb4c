using System.Text;
using System.Text.Json;
using Rekey.Contract.Bridge;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Pki.Documents;
using Rekey.Testing;
using Rekey.Testing.Login;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Login;

/// <summary>Documents signed with the real agent and real tokens.</summary>
public sealed class AgentSigningTests(LoginTokens tokens) : IClassFixture<LoginTokens>, IAsyncLifetime
{
    private static readonly string[] TrustAnchors = ["ca.pem"];

    private static readonly byte[] Document = new AuthorisationDocument
    {
        Id = "00112233445566778899aabbccddeeff",
        Reference = "12345672",
        SubscriberId = "YZ-0001",
        Subject = DistinguishedName.Parse("CN=云泽市图书馆,O=云泽市图书馆,C=CN").Encoded.ToArray(),
        Profile = "organisation-signing",
        IsPair = true,
        ExpiresAt = new(2026, 12, 1, 9, 30, 0, TimeSpan.Zero),
        CodeHash = new byte[32],
        Reason = "证书已到期 412 天，单位来函申请",
    }.Encode();

    private readonly string directory = Directory.CreateTempSubdirectory("rekey-signing-").FullName;
    private LoginSite site = null!;
    private LoginBrowser browser = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        site = await LoginSite.StartAsync(tokens.Pki);
        browser = new(site.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await site.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    [InlineData("SM2")]
    public async Task A_person_reads_the_whole_document_and_signs_it(string suite)
    {
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, suite);
        Want(suite);

        var (exitCode, _, errors) = await AgentProcess.EndAsync(agent.Launch((await browser.StartSigningAsync()).LaunchUri));
        Assert.True(exitCode == 0, errors);
        Assert.Null(await browser.TakeSignatureAsync());

        var signed = Assert.Single(site.SignedDocuments);
        Assert.Equal(tokens.Certificates[suite], DocumentSignature.Verify(signed.Signature, Document).Certificate.Encoded.ToArray());
        var shown = Uri.UnescapeDataString(pinentry.Log);
        Assert.All(Encoding.UTF8.GetString(Document).Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(line, shown.Replace("\nSETPROMPT", "", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.Contains("asks for your signature", shown, StringComparison.Ordinal);
        Assert.Contains("To sign the document", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Requests, r => r.Text.Contains(SoftHsm.Pin, StringComparison.Ordinal));
        if (suite != "SM2")
        {
            await OpenSslVerifiesAsync(signed.Signature);
        }
    }

    [Fact]
    public async Task Who_stops_at_a_page_has_signed_nothing_and_was_asked_for_no_pin()
    {
        using var pinentry = new ScriptedPinentry(["yes", "no"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, "P-256");
        Want("P-256");

        await AgentProcess.EndAsync(agent.Launch((await browser.StartSigningAsync()).LaunchUri));

        Assert.Equal(Problems.ConsentDeclined().Number, (await browser.EventAsync<FailedEvent>()).Problem.Number);
        Assert.DoesNotContain("GETPIN", pinentry.Log, StringComparison.Ordinal);
        Assert.Equal("RK-2002", await browser.TakeSignatureAsync());
    }

    [Fact]
    public async Task A_document_that_cannot_be_shown_is_not_signed()
    {
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, "P-256");
        Want("P-256", [.. "转"u8, .. "\u202e"u8, .. "向"u8]);

        await AgentProcess.EndAsync(agent.Launch((await browser.StartSigningAsync()).LaunchUri));

        Assert.Equal(Problems.DocumentNotShown().Number, (await browser.EventAsync<FailedEvent>()).Problem.Number);
        Assert.DoesNotContain("GETPIN", pinentry.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_persons_key_is_not_used()
    {
        using var pinentry = new ScriptedPinentry(["yes", "yes", "yes", "no"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, "P-256"); // only this one is plugged in
        Want("RSA-2048");

        await AgentProcess.EndAsync(agent.Launch((await browser.StartSigningAsync()).LaunchUri));

        Assert.Equal(Problems.CertificateGone().Number, (await browser.EventAsync<FailedEvent>()).Problem.Number);
        Assert.DoesNotContain("GETPIN", pinentry.Log, StringComparison.Ordinal);
    }

    private void Want(string suite, byte[]? document = null) =>
        site.ToSign = new("下载授权 12345672", document ?? Document, Certificate.FromDer(tokens.Certificates[suite]).Sha256, "approve:12");

    private async Task OpenSslVerifiesAsync(byte[] signature)
    {
        string In(string name) => Path.Combine(directory, name);
        await File.WriteAllBytesAsync(In("signature.der"), signature, Cancel);
        await File.WriteAllBytesAsync(In("document.txt"), Document, Cancel);
        await File.WriteAllTextAsync(In("ca.pem"), Certificate.FromDer(tokens.Pki.Root.Der).ToPem() + Certificate.FromDer(tokens.Pki.Issuing.Der).ToPem(), Cancel);
        var (code, output) = await Command.RunAsync(
            "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", In("signature.der"), "-content", In("document.txt"), "-CAfile", In("ca.pem"), "-purpose", "any", "-out", In("verified.txt"));
        Assert.True(code == 0, output);
    }

    private AgentProcess Agent(ScriptedPinentry pinentry, string suite)
    {
        var (library, environment) = tokens.Module(suite);
        var agent = new AgentProcess(library, environment, pinentry, Certificate.FromDer(tokens.Pki.Root.Der).ToPem(), "http://localhost:9");
        agent.WriteConfig(JsonSerializer.Serialize(new
        {
            origins = (string[])["http://localhost:9"],
            loginOrigins = (string[])[site.Origin],
            trustAnchors = TrustAnchors,
            discoverModules = false,
            modules = new[] { new { library, environment } },
            pinentry = pinentry.Program,
        }));
        return agent;
    }
}
