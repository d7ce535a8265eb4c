using System.Collections.Concurrent;
using System.Globalization;
using Rekey.Contract.Bridge;
using Rekey.Pki.Algorithms;
using Rekey.Testing.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>Renewals on a token behind SKF: undisturbed, and with calls that are disturbed in each way.</summary>
public sealed class SkfRenewalTests(SkfRenewalTemplate template) : IClassFixture<SkfRenewalTemplate>
{
    // Done with their answer lost they leave what they leave when they fail.
    private static readonly string[] Looking =
    [
        "SKF_ConnectDev", "SKF_GetDevInfo", "SKF_EnumApplication", "SKF_OpenApplication", "SKF_CloseApplication", "SKF_GetPINInfo", "SKF_EnumContainer",
        "SKF_OpenContainer", "SKF_CloseContainer", "SKF_ExportPublicKey", "SKF_ExportCertificate",
    ];

    [Theory]
    [InlineData("SM2")]
    [InlineData("RSA-2048")]
    public async Task A_renewal_ends_with_the_new_pair_alone_on_the_token(string suite)
    {
        using var key = template.Key.Copy();
        await using var rig = await RenewalRig.OnUKeyAsync(key, SkfRenewalTemplate.Device, template.Certificates, template.OldCertificate, suite);

        Assert.Null(await rig.RunAsync(TestContext.Current.CancellationToken));

        Assert.Empty(rig.Broken(finished: true));
        var renewal = Assert.Single(rig.Journal());
        Assert.Equal((rig.RenewalId, RenewalStep.Finished), (renewal.RenewalId, renewal.Step));
        Assert.Equal(suite, PublicKey.FromSpki(renewal.New.Spki).Suite.Name);
        Assert.Empty(rig.Bridge.Violations);
    }

    [Fact]
    public async Task A_PIN_that_cannot_be_one_is_asked_for_again_and_costs_no_try()
    {
        using var key = template.Key.Copy();
        key.Control(SkfRenewalTemplate.Device);
        await using var rig = await RenewalRig.OnUKeyAsync(key, SkfRenewalTemplate.Device, template.Certificates, template.OldCertificate, "SM2");
        rig.Prompt = new TypingPrompt(true, "short", SoftUKey.Pin);

        Assert.Null(await rig.RunAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith("A PIN of this key has 6–16 characters", rig.Prompt.Windows[1].Error, StringComparison.Ordinal);
        Assert.Contains("No try was used", rig.Prompt.Windows[1].Error, StringComparison.Ordinal);
        Assert.Single(key.Calls(SkfRenewalTemplate.Device), "SKF_VerifyPIN");
        Assert.Empty(rig.Bridge.Events.OfType<PinWrongEvent>());
    }

    /// <summary>Of functions that only look the first and the last call, of all others every call.</summary>
    [Theory]
    [InlineData("remove", "")]
    [InlineData("fail", "0x0A000001")]
    [InlineData("lose", "0x0A000001")]
    public async Task Whatever_call_is_disturbed_nothing_breaks_and_the_next_run_finishes(string way, string code)
    {
        var calls = await CountAsync();
        var broken = new ConcurrentQueue<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Chosen(calls, way), options, async (number, cancel) =>
        {
            using var key = template.Key.Copy();
            await using var rig = await RenewalRig.OnUKeyAsync(key, SkfRenewalTemplate.Device, template.Certificates, template.OldCertificate, "SM2");
            var what = string.Create(CultureInfo.InvariantCulture, $"{way} {number} {calls[number - 1]}");
            key.Control(SkfRenewalTemplate.Device, string.Create(CultureInfo.InvariantCulture, $"{way} {number} {code}"));

            await rig.RunAsync(cancel);
            key.Control(SkfRenewalTemplate.Device);
            var met = key.Calls(SkfRenewalTemplate.Device).ElementAtOrDefault(number - 1) == calls[number - 1];
            var found = rig.Broken(finished: false).Concat(met ? [] : ["the call was not met"]).ToList();
            var problem = await rig.RunAsync(cancel);
            foreach (var one in found.Concat(rig.Broken(finished: true).Select(b => $"run again ({problem}): {b}")))
            {
                broken.Enqueue($"{what}: {one}");
            }
        });

        Assert.Empty(broken);
    }

    private static IEnumerable<int> Chosen(List<string> calls, string way)
    {
        for (var number = 1; number <= calls.Count; number++)
        {
            var name = calls[number - 1];
            var atAnEnd = number - 1 == calls.IndexOf(name) || number - 1 == calls.LastIndexOf(name);
            if (!Looking.Contains(name) || (way != "lose" && atAnEnd))
            {
                yield return number;
            }
        }
    }

    private async Task<List<string>> CountAsync()
    {
        using var key = template.Key.Copy();
        await using var rig = await RenewalRig.OnUKeyAsync(key, SkfRenewalTemplate.Device, template.Certificates, template.OldCertificate, "SM2");
        key.Control(SkfRenewalTemplate.Device);
        Assert.Null(await rig.RunAsync(TestContext.Current.CancellationToken));
        var calls = key.Calls(SkfRenewalTemplate.Device).ToList();
        Assert.True(calls.Count > 50, "a renewal has more calls than that");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{calls.Count} calls"));
        return calls;
    }
}

/// <summary>A software UKey with an SM2 certificate to renew; made once and copied.</summary>
public sealed class SkfRenewalTemplate : IAsyncLifetime
{
    public const string Device = "Yunze 1";

    public SoftUKey Key { get; } = new();

    public TokenCertificates Certificates { get; } = new();

    public byte[] OldCertificate { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await Key.AddTokenAsync(Device);
        using var module = Key.Module();
        using var token = SoftUKey.LogIn(module);
        OldCertificate = Certificates.Enrol(token, AlgorithmSuite.Sm2, [.. "my certificate"u8]).Certificate!;
    }

    public ValueTask DisposeAsync()
    {
        Key.Dispose();
        return ValueTask.CompletedTask;
    }
}
