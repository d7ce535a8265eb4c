using System.Security.Cryptography;
using System.Text;
using Rekey.Contract.Bridge;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>The real agent against a double of the service: real token, real CMP messages, scripted windows.</summary>
public sealed class AgentRenewalTests : IDisposable
{
    private static readonly byte[] Id = [1, 2, 3, 4];

    private readonly SoftHsm softHsm = new();
    private readonly TokenCertificates certificates = new();
    private readonly CmpDouble cmp;
    private readonly string renewalId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public AgentRenewalTests()
    {
        cmp = new(certificates.Pki);
        softHsm.AddToken("Yunze 1");
    }

    public void Dispose() => softHsm.Dispose();

    [Theory]
    [InlineData("P-256", "P-256")]
    [InlineData("RSA-2048", "RSA-2048")]
    [InlineData("RSA-2048", "P-384")]
    public async Task A_renewal_ends_with_the_new_pair_alone_on_the_token(string oldSuite, string newSuite)
    {
        var old = Enrol(oldSuite);
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);

        var process = agent.Launch(bridge.LaunchUri);
        var listed = await bridge.WaitForAsync<CertificatesEvent>();
        Assert.Equal(old.Certificate, Convert.FromBase64String(Assert.Single(listed.Certificates).Der));
        bridge.Send(new PreflightCommand(Sha256(old.Certificate!), newSuite));
        var preflight = await bridge.WaitForAsync<PreflightEvent>();
        Assert.All(preflight.Checks, c => Assert.NotEqual(PreflightOutcome.Failed, c.Outcome));
        bridge.Send(Renew(old.Certificate!, newSuite));
        var (exitCode, _, errors) = await AgentProcess.EndAsync(process);

        Assert.True(exitCode == 0, errors);
        Assert.Empty(bridge.Violations);
        Assert.Equal(
            [AgentStep.KeyGenerating, AgentStep.KeyReady, AgentStep.Writing, AgentStep.Written, AgentStep.Verified, AgentStep.Retired],
            bridge.Events.OfType<AgentStepEvent>().Select(e => e.Step));
        using var module = softHsm.Module();
        using var token = SoftHsm.LogIn(module);
        var pair = Assert.Single(token.ListPairs());
        Assert.True(cmp.IsConfirmed(pair.Certificate));
        Assert.True(pair.IsGenuine);
        using var key = new TokenSigningKey(token, pair);
        Assert.Equal(newSuite, key.PublicKey.Suite.Name);
        Assert.True(Certificate.FromDer(pair.Certificate).PublicKey.Verify(key.PublicKey.Suite.SignatureOid, "x"u8, key.Sign("x"u8)));
    }

    [Fact]
    public async Task The_PIN_reaches_no_request_no_output_and_no_file()
    {
        var old = Enrol("P-256");
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry(["yes"], ["wrong%PIN-99", SoftHsm.Pin]);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);

        var process = agent.Launch(bridge.LaunchUri);
        await bridge.WaitForAsync<CertificatesEvent>();
        bridge.Send(Renew(old.Certificate!, "P-256"));
        var (exitCode, output, errors) = await AgentProcess.EndAsync(process);

        Assert.Equal(0, exitCode);
        await bridge.WaitForAsync<PinWrongEvent>();
        foreach (var secret in (string[])[SoftHsm.Pin, "wrong%PIN-99", "wrong%25PIN-99"])
        {
            Assert.All(bridge.Requests, r => Assert.False(r.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0, r.Path));
            Assert.DoesNotContain(secret, output + errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_windows_show_site_and_check_code_before_anything_is_read()
    {
        Enrol("P-256");
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry(["no"], []);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);

        var (exitCode, _, _) = await AgentProcess.EndAsync(agent.Launch(bridge.LaunchUri));

        Assert.Equal(1, exitCode);
        Assert.Contains(bridge.Origin, pinentry.Log, StringComparison.Ordinal);
        Assert.Contains("495 882", pinentry.Log, StringComparison.Ordinal);
        Assert.Equal(1015, (await bridge.WaitForAsync<FailedEvent>()).Problem.Number);
        Assert.Empty(bridge.Events.OfType<CertificatesEvent>());
    }

    [Fact]
    public async Task A_key_that_is_plugged_in_later_is_found()
    {
        softHsm.Unplug();
        Directory.CreateDirectory(softHsm.TokenDirectory);
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry(["yes"], []);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);
        agent.Launch(bridge.LaunchUri);
        Assert.Empty((await bridge.WaitForAsync<CertificatesEvent>()).Tokens);

        Directory.Delete(softHsm.TokenDirectory, recursive: true);
        softHsm.Plug();

        Assert.Equal("Yunze 1", (await bridge.WaitForAsync<InsertedEvent>()).Token.Label);
        await bridge.WaitForAsync<CertificatesEvent>(where: e => e.Tokens.Count == 1);
    }

    [Fact]
    public async Task A_command_of_a_newer_service_asks_for_a_newer_agent()
    {
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        bridge.RawCommands = """{"commands":[{"seq":1,"command":{"type":"teleport"}}]}""";
        using var pinentry = new ScriptedPinentry(["yes"], []);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);

        var (exitCode, _, _) = await AgentProcess.EndAsync(agent.Launch(bridge.LaunchUri));

        Assert.Equal(1, exitCode);
        Assert.Equal(2005, (await bridge.WaitForAsync<FailedEvent>()).Problem.Number);
    }

    [Fact]
    public async Task A_page_that_cancels_ends_the_agent_and_leaves_the_token()
    {
        var old = Enrol("P-256");
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry(["yes"], []);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);
        var process = agent.Launch(bridge.LaunchUri);
        await bridge.WaitForAsync<CertificatesEvent>();

        bridge.Send(new CancelCommand());

        Assert.Equal(0, (await AgentProcess.EndAsync(process)).ExitCode);
        using var module = softHsm.Module();
        using var token = SoftHsm.LogIn(module);
        Assert.Equal(old.Certificate, Assert.Single(token.ListPairs()).Certificate);
    }

    [Theory]
    [InlineData("rekey://start?v=2&o=http%3A%2F%2Flocalhost%3A1&t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("rekey://start?v=1&o=http%3A%2F%2Flocalhost%3A1%2Fpath&t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("rekey://start?v=1&o=http%3A%2F%2Flocalhost%3A1&t=AAAA")]
    [InlineData("rekey://start?v=1&o=http%3A%2F%2Flocalhost%3A1&t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&x=1")]
    [InlineData("/nowhere/start.rekey")]
    public async Task An_address_of_another_form_ends_with_2(string uri)
    {
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry([], []);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);

        Assert.Equal(2, (await AgentProcess.EndAsync(agent.Launch(uri))).ExitCode);
        Assert.Empty(bridge.Requests);
    }

    [Fact]
    public async Task A_site_that_is_not_on_the_list_is_not_contacted()
    {
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry([], []);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, "http://localhost:1");

        Assert.Equal(3, (await AgentProcess.EndAsync(agent.Launch(bridge.LaunchUri))).ExitCode);
        Assert.Empty(bridge.Requests);
    }

    [Fact]
    public async Task A_downloaded_file_starts_the_agent_as_well()
    {
        Enrol("P-256");
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry(["no"], []);
        using var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, bridge.Origin);
        var file = Path.Combine(Path.GetDirectoryName(agent.ConfigFile)!, "start.rekey");
        await File.WriteAllTextAsync(file, bridge.LaunchUri + "\n", TestContext.Current.CancellationToken);

        await AgentProcess.EndAsync(agent.Start(file, "--config", agent.ConfigFile));

        await bridge.WaitForAsync<ConsentAskedEvent>();
    }

    private static string Sha256(byte[] der) => Convert.ToHexStringLower(SHA256.HashData(der));

    private RenewCommand Renew(byte[] old, string suite) =>
        new(Sha256(old), renewalId, Convert.ToBase64String(Certificate.FromDer(old).Subject.Encoded.Span), suite, Retire: true);

    private TokenPair Enrol(string suiteName)
    {
        Assert.True(AlgorithmSuite.TryParse(suiteName, out var suite));
        using var module = softHsm.Module();
        using var token = SoftHsm.LogIn(module);
        return certificates.Enrol(token, suite, Id);
    }
}
