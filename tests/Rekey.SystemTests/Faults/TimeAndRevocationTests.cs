using Rekey.Ca.Certificates;
using Rekey.Ca.Revocation;
using Rekey.Contract.Problems;
using Rekey.Testing.Faults;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Faults;

/// <summary>What the calendar or an operator does between the request and its confirmation. A renewal that began in time stays allowed.</summary>
public sealed class TimeAndRevocationTests(SharedSite shared) : IClassFixture<SharedSite>
{
    private const string CertConf = "cmp CertificateConfirmation";
    private const string Kur = "cmp KeyUpdateRequest";

    private readonly FaultSite site = shared.Site;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)] // the certificate's last day ends
    [InlineData(-300)] // the last day of the window ends
    public async Task A_day_that_passes_before_the_confirmation_does_not_matter(int expiresInDays)
    {
        await using var rig = await HolderRig.EnrolAsync(site, expiresInDays);
        rig.Network.Faults.At = At(CertConf, handled: false, () => site.Time.Pass(TimeSpan.FromDays(2)));

        Assert.Null(await rig.RunAsync(Cancel));
        Found.Nothing(await rig.BrokenAsync(finished: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-300)]
    public async Task A_day_that_passes_between_two_runs_does_not_matter(int expiresInDays)
    {
        var broken = await Trial.RunAsync(site, "cut before the confirmation", async rig =>
        {
            rig.GiveUp = TimeSpan.FromMilliseconds(300);
            rig.Network.Faults.At = (_, name, _) => name == CertConf ? throw new MessageLostException() : Task.CompletedTask;
            var problem = await rig.RunAsync(Cancel);
            site.Time.Pass(TimeSpan.FromDays(2));
            return problem;
        }, Cancel, expiresInDays);

        Found.Nothing(broken);
    }

    [Theory]
    [InlineData(Kur, false)]
    [InlineData(Kur, true)]
    [InlineData(CertConf, false)]
    [InlineData(CertConf, true)]
    [InlineData("event Verified", false)]
    public async Task A_revocation_at_any_message_ends_with_its_number_and_leaves_the_old_pair(string message, bool handled)
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        rig.Network.Faults.At = Once(message, handled, () => site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Revoke));

        var first = await rig.RunAsync(Cancel);
        var second = await rig.RunAsync(Cancel);

        if (message == CertConf && handled)
        {
            // The commit was before it: the renewal is done, and what it brought is revoked with its chain.
            Assert.Null(first);
        }
        else
        {
            Assert.Contains(first!.Number, (int[])[Problems.RenewalEnded().Number, Problems.CertificateRevoked(default).Number]);
            Assert.Equal(Problems.CertificateRevoked(default).Number, second!.Number);
            // What the CA itself has ended does not take the token's room. A key that the RA refused before the CA saw it stays: only the
            // CA's word deletes a key.
            Assert.Equal(message == Kur && !handled ? 2 : 1, Pairs(rig).Count);
            Assert.Single(Pairs(rig), p => p.Certificate is not null);
        }

        Assert.Equal(CertificateState.Revoked, await site.StateAsync(rig.OldCertificate));
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View(), rig.Holder));
        Found.Nothing((await rig.BrokenAsync(finished: false)).Where(b => message != CertConf || !handled));
    }

    [Fact]
    public async Task A_hold_that_is_lifted_lets_the_renewal_go_on()
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        rig.Network.Faults.At = Once("event Verified", false, () => site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Hold));
        Assert.NotNull(await rig.RunAsync(Cancel));
        Found.Nothing(await rig.BrokenAsync(finished: false));
        Assert.Equal(Problems.CertificateHeld().Number, (await rig.RunAsync(Cancel))?.Number);

        await site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Resume);

        Found.Nothing(await rig.BrokenAsync(finished: false));
        Found.Nothing(await Trial.FinishAsync(rig, Cancel));
    }

    [Fact]
    public async Task Hold_and_resume_after_a_renewal_leave_the_old_certificate_superseded()
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        Assert.Null(await rig.RunAsync(Cancel));

        await site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Hold);
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View(), rig.Holder));
        await site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Resume);

        Found.Nothing(await rig.BrokenAsync(finished: true));
    }

    [Fact]
    public async Task A_new_key_that_vanished_after_the_request_is_replaced_by_another()
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        rig.GiveUp = TimeSpan.FromMilliseconds(300);
        rig.Network.Faults.At = (_, name, handled) => name == Kur && handled ? throw new MessageLostException() : Task.CompletedTask;
        Assert.NotNull(await rig.RunAsync(Cancel));
        rig.Network.Faults.At = null;
        using (var module = rig.Key.Looking())
        {
            using var token = rig.Key.LogIn(module);
            token.DeletePair(token.ListPairs().Single(p => RenewalKeyId.TryRead(p.Id) is not null).Id);
        }

        Found.Nothing(await Trial.FinishAsync(rig, Cancel));
    }

    [Fact]
    public async Task Another_computer_finishes_what_the_first_one_began()
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        rig.GiveUp = TimeSpan.FromMilliseconds(300);
        rig.Network.Faults.At = (_, name, _) => name == CertConf ? throw new MessageLostException() : Task.CompletedTask;
        Assert.NotNull(await rig.RunAsync(Cancel));
        rig.Network.Faults.At = null;

        rig.ChangeComputer();
        Assert.Null(await rig.RunProgramAsync(_ => { }, Cancel)); // its own installation, with its own configuration

        Found.Nothing(await rig.BrokenAsync(finished: true));
    }

    private static IReadOnlyList<TokenPair> Pairs(HolderRig rig)
    {
        using var module = rig.Key.Looking();
        using var token = rig.Key.LogIn(module);
        return token.ListPairs();
    }

    private static Func<int, string, bool, Task> At(string message, bool handled, Action act) => Once(message, handled, () =>
    {
        act();
        return Task.CompletedTask;
    });

    private static Func<int, string, bool, Task> Once(string message, bool handled, Func<Task> act)
    {
        var done = 0;
        return (_, name, now) => name == message && now == handled && Interlocked.Exchange(ref done, 1) == 0 ? act() : Task.CompletedTask;
    }
}
