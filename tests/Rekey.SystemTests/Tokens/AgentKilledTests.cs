using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Pki.Certificates;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>
/// <c>kill -9</c> of the real agent at every request that it makes, before and after the server handled it. Another agent with another
/// session then finishes, and nothing is left behind.
/// </summary>
public sealed class AgentKilledTests(RenewalTemplate template) : IClassFixture<RenewalTemplate>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_agent_finishes(bool handled)
    {
        var broken = new List<string>();
        for (var (killed, number) = (true, 1); killed; number++)
        {
            using var softHsm = template.SoftHsm.Copy();
            var cmp = new CmpDouble(template.Certificates.Pki);
            var renewalId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

            var (first, path) = await RunAsync(softHsm, cmp, renewalId, number, handled);
            killed = first != 0;
            var (second, _) = killed ? await RunAsync(softHsm, cmp, renewalId, 0, handled) : (0, "");

            if (second != 0)
            {
                broken.Add($"request {number} {path}: the second agent ended with {second}");
            }

            using var module = softHsm.Module();
            using var token = module.Open(module.ListTokens().Single(t => t.Formatted).Identity);
            token.Login(SoftHsm.PinBytes);
            var pki = template.Certificates.Pki;
            broken.AddRange(TokenInvariants.Broken(token, pki.Trust, pki.Now, [pki.Issuing.Der], c => cmp.IsConfirmed(c), template.OldCertificate, finished: true)
                .Append(cmp.Issued.Count == 1 ? null : $"{cmp.Issued.Count} certificates")
                .OfType<string>()
                .Select(b => $"request {number} {path}: {b}"));
            Assert.True(number < 100, "it never ends");
        }

        Assert.Empty(broken);
    }

    // Polls for commands run beside the renewal and say nothing about its state, so they are not counted.
    private async Task<(int ExitCode, string Path)> RunAsync(SoftHsm softHsm, CmpDouble cmp, string renewalId, int kill, bool handled)
    {
        await using var bridge = await BridgeDouble.StartAsync(cmp);
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = new AgentProcess(softHsm, pinentry, template.Certificates.Pki, bridge.Origin);
        System.Diagnostics.Process? process = null;
        var (requests, at) = (0, "");
        bool Kill(string path)
        {
            if (path == "/agent/v1/commands" || Interlocked.Increment(ref requests) != kill)
            {
                return true;
            }

            at = path;
            process!.Kill();
            return false;
        }

        bridge.Before = handled ? null : Kill;
        bridge.After = handled ? Kill : null;
        bridge.Send(new RenewCommand(
            Convert.ToHexStringLower(SHA256.HashData(template.OldCertificate)),
            renewalId,
            Convert.ToBase64String(Certificate.FromDer(template.OldCertificate).Subject.Encoded.Span),
            "P-256",
            Retire: true));
        process = agent.Launch(bridge.LaunchUri);
        var (exitCode, _, _) = await AgentProcess.EndAsync(process);
        return (exitCode, at);
    }
}
