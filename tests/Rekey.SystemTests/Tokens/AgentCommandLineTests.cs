using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>The agent without a page.</summary>
public sealed class AgentCommandLineTests(RenewalTemplate template) : IClassFixture<RenewalTemplate>, IAsyncLifetime
{
    private readonly SoftHsm softHsm = template.SoftHsm.Copy();
    private readonly ScriptedPinentry pinentry = new(["yes"], [SoftHsm.Pin]);
    private readonly CmpDouble cmp = new(template.Certificates.Pki);
    private BridgeDouble service = null!;
    private AgentProcess agent = null!;

    public async ValueTask InitializeAsync()
    {
        service = await BridgeDouble.StartAsync(cmp);
        agent = new AgentProcess(softHsm, pinentry, template.Certificates.Pki, service.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        agent.Dispose();
        await service.DisposeAsync();
        pinentry.Dispose();
        softHsm.Dispose();
    }

    [Theory]
    [InlineData("en", "expires")]
    [InlineData("zh", "到期")]
    public async Task List_shows_tokens_and_certificates_without_a_PIN(string language, string word)
    {
        var (exitCode, output, _) = await RunAsync("list", "--lang", language);

        Assert.Equal(0, exitCode);
        Assert.Contains("Yunze 1", output, StringComparison.Ordinal);
        Assert.Contains("张伟", output, StringComparison.Ordinal);
        Assert.Contains(word, output, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(template.OldCertificate)), output, StringComparison.Ordinal);
        Assert.Empty(pinentry.Log);
    }

    [Fact]
    public async Task Show_writes_the_certificate()
    {
        var (exitCode, output, _) = await RunAsync("show", Convert.ToHexStringLower(SHA256.HashData(template.OldCertificate))[..8]);

        Assert.Equal(0, exitCode);
        using var read = X509Certificate2.CreateFromPem(output);
        Assert.Equal(template.OldCertificate, read.RawData);
    }

    [Fact]
    public async Task Renew_without_a_page_ends_with_the_new_pair()
    {
        var (exitCode, output, errors) = await RunAsync("renew");

        Assert.True(exitCode == 0, errors);
        Assert.Empty(service.Violations);
        Assert.Contains("The CA has confirmed", output, StringComparison.Ordinal);
        Assert.True(cmp.IsConfirmed(cmp.Issued.Single()));
        Assert.All(service.Requests, r => Assert.Equal("/.well-known/cmp", r.Path));
        var (_, listed, _) = await RunAsync("list");
        Assert.DoesNotContain(Convert.ToHexStringLower(SHA256.HashData(template.OldCertificate)), listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renew_goes_on_with_what_was_begun()
    {
        cmp.Refusal = Contract.Problems.Problems.CaNotAnswering() with { Number = 3009 };
        Assert.Equal(1, (await RunAsync("renew")).ExitCode);
        Assert.Contains("did not come to its end", (await RunAsync("list")).Output, StringComparison.Ordinal);
        cmp.Refusal = null;

        Assert.Equal(0, (await RunAsync("renew")).ExitCode);

        Assert.Single(cmp.Issued);
        Assert.DoesNotContain("did not come to its end", (await RunAsync("list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renew_for_a_site_that_is_not_on_the_list_contacts_nobody()
    {
        Assert.Equal(3, (await RunAsync("renew", "--origin", "http://localhost:1")).ExitCode);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Doctor_tells_what_works_and_nothing_private()
    {
        var identity = softHsm.Identity("Yunze 1");

        var (exitCode, output, _) = await RunAsync("doctor");

        Assert.True(exitCode == 0, output);
        Assert.Contains("libsofthsm2.so", output, StringComparison.Ordinal);
        Assert.Contains("SoftHSM project", output, StringComparison.Ordinal);
        Assert.Contains("answers (204)", output, StringComparison.Ordinal);
        using var certificate = X509CertificateLoader.LoadCertificate(template.OldCertificate);
        foreach (var secret in (string[])[identity.SerialNumber, "Yunze 1", "张伟", certificate.SerialNumber, SoftHsm.Pin])
        {
            Assert.DoesNotContain(secret, output, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Empty(pinentry.Log);
    }

    [Fact]
    public async Task Doctor_names_what_is_wrong()
    {
        agent.WriteConfig("""{ "origins": ["http://localhost:1"], "trustAnchors": ["ca.pem"], "discoverModules": false, "modules": [{ "library": "/nowhere.so" }] }""");
        var (exitCode, output, _) = await RunAsync("doctor");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("FAIL site http://localhost:1: ConnectionError", output, StringComparison.Ordinal);
        Assert.Contains("warn module /nowhere.so", output, StringComparison.Ordinal);

        agent.WriteConfig("""{ "origins": ["http://localhost:1"], "trustAnchors": ["none.pem"] }""");
        var (misconfigured, text, _) = await RunAsync("doctor");
        Assert.Equal(4, misconfigured);
        Assert.Contains("none.pem", text, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        AgentProcess.EndAsync(agent.Start([.. arguments, "--config", agent.ConfigFile]));
}
