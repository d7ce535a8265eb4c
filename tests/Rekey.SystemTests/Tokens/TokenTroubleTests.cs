using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;
using Rekey.Testing.Pki;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>What can be wrong with a token, a PIN or an answer: one message each, nothing lost, and the next run finishes.</summary>
public sealed class TokenTroubleTests(RenewalTemplate template) : IClassFixture<RenewalTemplate>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> Troubles => new()
    {
        { "refuse C_GenerateKeyPair 0x31", 1020 }, // CKR_DEVICE_MEMORY
        { "refuse C_CreateObject 0x31", 1020 },
        { "refuse C_GenerateKeyPair 0xE2", 1021 }, // CKR_TOKEN_WRITE_PROTECTED
        { "refuse C_GenerateKeyPair 0x70", 1022 }, // CKR_MECHANISM_INVALID
        { "refuse C_Login 0xA4", 1013 }, // CKR_PIN_LOCKED
        { "refuse C_Sign 0x50", 1014 }, // CKR_FUNCTION_CANCELED: cancel on the device
        { "refuse C_Sign 0x80000001", 1030 }, // a vendor's own code
        { "flags 0x40000", 1013 }, // CKF_USER_PIN_LOCKED
    };

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task A_trouble_has_its_message_and_the_next_run_finishes(string plan, int problem)
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Library.Plan(plan);

        Assert.Equal(problem, (await rig.RunAsync(Cancel))?.Number);
        rig.Library.Heal();
        Assert.Empty(rig.Broken(finished: false));
        Assert.Null(await rig.RunAsync(Cancel));

        Assert.Empty(rig.Broken(finished: true));
        Assert.InRange(rig.Cmp.Issued.Count, 1, 1);
        Assert.Empty(rig.Bridge.Violations);
    }

    [Fact]
    public async Task A_vendors_own_code_keeps_its_value()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Library.Plan("refuse C_Sign 0x80000001");

        var problem = await rig.RunAsync(Cancel);

        Assert.Equal(["C_Sign 0x80000001"], problem!.Arguments);
    }

    [Fact]
    public async Task A_locked_token_is_not_asked_for_a_PIN()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Library.Plan("flags 0x40000");

        await rig.RunAsync(Cancel);

        Assert.Empty(rig.Prompt.Windows);
        Assert.DoesNotContain("C_Login", rig.Library.Calls);
    }

    [Theory]
    [InlineData(false, 1012)]
    [InlineData(true, null)]
    public async Task The_last_try_is_used_only_after_a_yes(bool confirms, int? problem)
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Library.Plan("flags 0x20000");
        rig.Prompt = new(confirms);

        Assert.Equal(problem, (await rig.RunAsync(Cancel))?.Number);

        Assert.Contains("One try is left", rig.Prompt.Windows[0].Description, StringComparison.Ordinal);
        Assert.Equal(confirms, rig.Library.Calls.Contains("C_Login"));
    }

    [Fact]
    public async Task A_wrong_PIN_is_asked_again_and_an_empty_one_costs_no_try()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Prompt = new(true, "wrong-1", "", SoftHsm.Pin);

        Assert.Null(await rig.RunAsync(Cancel));

        Assert.Equal(2, rig.Library.Calls.Count(c => c == "C_Login"));
        Assert.Single(rig.Bridge.Events.OfType<PinWrongEvent>());
        Assert.Null(rig.Prompt.Windows[0].Error);
        Assert.Contains("not right", rig.Prompt.Windows[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_the_PIN_changes_nothing()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Prompt = new(true, (string?)null);

        Assert.Equal(1014, (await rig.RunAsync(Cancel))?.Number);

        Assert.DoesNotContain("C_GenerateKeyPair", rig.Library.Calls);
    }

    [Fact]
    public async Task A_keypad_gets_no_window()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Library.Plan("flags 0x100", "refuse C_Login 0x50");

        Assert.Equal(1014, (await rig.RunAsync(Cancel))?.Number);

        Assert.Empty(rig.Prompt.Windows);
        Assert.Single(rig.Bridge.Events.OfType<PinAskedEvent>());
    }

    [Fact]
    public async Task Another_token_is_reported_and_the_right_one_is_waited_for()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        var (aside, directory) = (rig.SoftHsm.TokenDirectory + ".aside", Directory.GetDirectories(rig.SoftHsm.TokenDirectory).Single());
        var swaps = 0;
        rig.Bridge.After = path =>
        {
            if (path.StartsWith("/cmp/", StringComparison.Ordinal) && swaps++ == 0)
            {
                Directory.Move(directory, aside);
            }

            return true;
        };

        var run = rig.RunAsync(Cancel);
        await rig.Bridge.WaitForAsync<RemovedEvent>();
        rig.SoftHsm.AddToken("Other");
        var other = await rig.Bridge.WaitForAsync<InsertedEvent>();
        Assert.Equal("Other", other.Token.Label);
        Directory.Move(aside, directory);
        await rig.Bridge.WaitForAsync<InsertedEvent>(where: e => e.Token.Label == "Yunze 1");

        Assert.Null(await run);
        Assert.True(rig.Cmp.IsConfirmed(rig.Cmp.Issued.Single()));
    }

    [Fact]
    public async Task An_answer_of_a_foreign_CA_stops_everything()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Cmp.Signer = new TestPki().Cmp;

        Assert.Equal(1050, (await rig.RunAsync(Cancel))?.Number);

        Assert.DoesNotContain("C_CreateObject", rig.Library.Calls);
        Assert.DoesNotContain("C_DestroyObject", rig.Library.Calls);
        rig.Cmp.Signer = null;
        Assert.Null(await rig.RunAsync(Cancel));
        Assert.Empty(rig.Broken(finished: true));
    }

    [Fact]
    public async Task A_refusal_reaches_the_holder_with_its_values()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Cmp.Refusal = Problems.RenewalTooEarly(new DateOnly(2028, 12, 14));

        Assert.Equal(rig.Cmp.Refusal, await rig.RunAsync(Cancel));

        Assert.Contains(rig.Journal(), r => r.Step == RenewalStep.KeyGenerated);
    }

    [Fact]
    public async Task A_renewal_that_the_CA_has_ended_takes_its_key_along()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Cmp.Refusal = Problems.RenewalEnded();

        Assert.Equal(3110, (await rig.RunAsync(Cancel))?.Number);

        Assert.Empty(rig.Journal());
        Assert.Empty(rig.Broken(finished: false));
    }

    [Fact]
    public async Task An_RA_may_refuse_but_ends_no_key()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Cmp.Refusal = Problems.RenewalEnded();
        rig.Cmp.Signer = CmpSigner.Of(template.Certificates.Pki.RaSigner.Key, template.Certificates.Pki.RaSigner.Der, template.Certificates.Pki.Issuing.Der);

        Assert.Equal(rig.Cmp.Refusal, await rig.RunAsync(Cancel));

        Assert.Equal(RenewalStep.KeyGenerated, Assert.Single(rig.Journal()).Step);
    }

    [Fact]
    public async Task A_CA_that_cannot_answer_now_is_asked_again_and_issues_once()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.Cmp.Busy = 3;

        Assert.Null(await rig.RunAsync(Cancel));

        Assert.Single(rig.Cmp.Issued);
        Assert.Equal(1, rig.Cmp.Transactions);
        Assert.Empty(rig.Broken(finished: true));
    }

    [Fact]
    public async Task A_key_that_was_not_made_on_the_token_is_not_certified()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        using var planted = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, planted.ExportECPrivateKey(), Cancel);
            var id = Convert.ToHexString(RenewalKeyId.Of(PairUse.Signing, rig.RenewalId, rig.OldCertificate).ToBytes());
            string[] common = ["--module", SoftHsm.Library, "--token-label", "Yunze 1", "--login", "--pin", SoftHsm.Pin, "--write-object", file, "--id", id];
            rig.SoftHsm.Run("pkcs11-tool", [.. common, "--type", "privkey", "--usage-sign"]);
            await File.WriteAllBytesAsync(file, planted.ExportSubjectPublicKeyInfo(), Cancel);
            rig.SoftHsm.Run("pkcs11-tool", [.. common, "--type", "pubkey"]);

            Assert.Equal(1042, (await rig.RunAsync(Cancel))?.Number);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal(0, rig.Cmp.Transactions);
    }

    [Fact]
    public async Task A_certificate_that_is_gone_is_named()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        rig.SoftHsm.Run(
            "pkcs11-tool", "--module", SoftHsm.Library, "--token-label", "Yunze 1", "--login", "--pin", SoftHsm.Pin, "--delete-object", "--type", "cert", "--id", "01020304");

        Assert.Equal(1041, (await rig.RunAsync(Cancel))?.Number);
    }

    [Fact]
    public async Task A_key_that_another_certificate_uses_as_well_is_not_removed()
    {
        await using var rig = await RenewalRig.CopyAsync(template);
        var file = Path.GetTempFileName();
        try
        {
            using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(rig.OldCertificate);
            await File.WriteAllBytesAsync(file, template.Certificates.Issue(certificate.PublicKey.ExportSubjectPublicKeyInfo()), Cancel);
            rig.SoftHsm.Run(
                "pkcs11-tool", "--module", SoftHsm.Library, "--token-label", "Yunze 1", "--login", "--pin", SoftHsm.Pin,
                "--write-object", file, "--type", "cert", "--id", "01020304");
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Null(await rig.RunAsync(Cancel));

        Assert.True(rig.Cmp.IsConfirmed(rig.Cmp.Issued.Single()));
        Assert.DoesNotContain("C_DestroyObject", rig.Library.Calls);
        Assert.Empty(rig.Broken(finished: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_message_may_be_lost_on_either_way(bool answer)
    {
        var broken = new List<string>();
        for (var (lost, reached) = (1, true); reached; lost++)
        {
            await using var rig = await RenewalRig.CopyAsync(template);
            var (sent, number) = (0, lost);
            bool Pass(string path) => Interlocked.Increment(ref sent) != number;
            rig.Bridge.Before = answer ? null : Pass;
            rig.Bridge.After = answer ? Pass : null;

            var problem = await rig.RunAsync(Cancel);
            reached = sent >= lost;
            broken.AddRange(rig.Broken(finished: true).Append(problem?.ToString()).OfType<string>().Select(b => $"message {lost}: {b}"));
            broken.AddRange(rig.Bridge.Violations);
            if (rig.Cmp.Issued.Count != 1)
            {
                broken.Add($"message {lost}: {rig.Cmp.Issued.Count} issued");
            }
        }

        Assert.Empty(broken);
    }
}
