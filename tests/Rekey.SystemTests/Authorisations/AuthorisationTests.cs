using System.Text;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Store.Audit;
using static Rekey.SystemTests.Authorisations.AuthorisationSite;

namespace Rekey.SystemTests.Authorisations;

/// <summary>Download authorisations at the RA: two people give one, its codes open it, and nothing is learnt without them.</summary>
public sealed class AuthorisationTests(AuthorisationSite site) : IClassFixture<AuthorisationSite>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_people_give_it_and_its_codes_open_it()
    {
        var made = await site.MadeAsync();
        Assert.Equal(3505, await RefusedAsync(() => site.Open.OpenAsync(made.Reference, made.Code, Cancel)));
        await site.Decide.SignAsync(made.Id, By(Maker), site.Sign(Maker, made.Document), Cancel);
        Assert.Equal(3505, await RefusedAsync(() => site.Open.OpenAsync(made.Reference, made.Code, Cancel)));
        await site.Decide.ApproveAsync(made.Id, By(Checker), site.Sign(Checker, made.Document), Cancel);

        var (authorisation, proof) = await site.Open.OpenAsync(made.Reference, made.Code, Cancel);
        Assert.Equal(made.Id, authorisation.Id);
        Assert.Equal(AuthorisationCode.HashOf(proof), authorisation.Read().CodeHash);
        await using var ra = await site.RaAsync();
        Assert.Equal(
            ["authorisation.made", "authorisation.signed", "authorisation.approved", "authorisation.opened"],
            await ra.Set<AuditEntryRow>().Where(e => e.Target == $"authorisation:{made.Reference}").OrderBy(e => e.Id).Select(e => e.Kind).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Nobody_approves_her_own_nor_makes_one_for_herself()
    {
        var made = await site.WaitingAsync();
        Assert.Equal(3401, await RefusedAsync(() => site.Decide.ApproveAsync(made.Id, By(Maker), site.Sign(Maker, made.Document), Cancel)));
        Assert.Equal(3401, await RefusedAsync(() => site.Decide.RefuseAsync(made.Id, By(Maker), "不符", Cancel)));
        Assert.Equal(3401, await RefusedAsync(() => site.MadeAsync(Maker)));

        var forChecker = await site.WaitingAsync(Checker);
        Assert.Equal(3401, await RefusedAsync(() => site.Decide.ApproveAsync(forChecker.Id, By(Checker), site.Sign(Checker, forChecker.Document), Cancel)));
        await site.Decide.ApproveAsync(forChecker.Id, By(Third), site.Sign(Third, forChecker.Document), Cancel);
    }

    [Fact]
    public async Task Who_lacks_the_duty_or_the_subscriber_in_her_scope_does_nothing()
    {
        var made = await site.WaitingAsync();
        Assert.Equal(3412, await RefusedAsync(() => site.Decide.ApproveAsync(made.Id, By(Checker, OperatorDuties.Entry | OperatorDuties.CardMaking), site.Sign(Checker, made.Document), Cancel)));
        Assert.Equal(3510, await RefusedAsync(() => site.Decide.ApproveAsync(made.Id, By(Checker, scope: "370100"), site.Sign(Checker, made.Document), Cancel)));
        Assert.Equal(3412, await RefusedAsync(async () => await site.Make.MakeAsync(new(await site.HolderAsync(), "organisation-signing", "原因"), By(Maker, OperatorDuties.Review), Cancel)));
        Assert.Equal(3309, await RefusedAsync(async () => await site.Make.MakeAsync(new(await site.HolderAsync(), "organisation-signing", "原因"), By(Maker, scope: "370100"), Cancel)));
        await site.Decide.ApproveAsync(made.Id, By(Checker), site.Sign(Checker, made.Document), Cancel);
    }

    [Fact]
    public async Task A_signature_counts_for_its_own_document_and_person_only()
    {
        var (made, other) = (await site.WaitingAsync(), await site.WaitingAsync());
        Assert.Equal(3508, await RefusedAsync(() => site.Decide.ApproveAsync(made.Id, By(Checker), site.Sign(Checker, other.Document), Cancel)));
        Assert.Equal(3508, await RefusedAsync(() => site.Decide.ApproveAsync(made.Id, By(Checker), site.Sign(Third, made.Document), Cancel)));
        Assert.Equal(3508, await RefusedAsync(() => site.Decide.ApproveAsync(made.Id, By(Checker), [1, 2, 3], Cancel)));
        Assert.Equal(3505, await RefusedAsync(() => site.Open.OpenAsync(made.Reference, made.Code, Cancel)));
    }

    [Fact]
    public async Task What_somebody_decided_meanwhile_stands()
    {
        var made = await site.WaitingAsync();
        await site.Decide.RefuseAsync(made.Id, By(Checker), "来函上是另一个人", Cancel);
        Assert.Equal(3509, await RefusedAsync(() => site.Decide.ApproveAsync(made.Id, By(Third), site.Sign(Third, made.Document), Cancel)));
        Assert.Equal(3506, await RefusedAsync(() => site.Open.OpenAsync(made.Reference, made.Code, Cancel)));
        Assert.Equal(3509, await RefusedAsync(() => site.Decide.WithdrawAsync(made.Id, By(Maker), "重办", Cancel)));
    }

    [Fact]
    public async Task Of_two_who_approve_at_once_one_is_told()
    {
        var made = await site.WaitingAsync();
        var both = await Task.WhenAll(new[] { Checker, Third }.Select(async person =>
        {
            try
            {
                await site.Decide.ApproveAsync(made.Id, By(person), site.Sign(person, made.Document), Cancel);
                return 0;
            }
            catch (ProblemException e)
            {
                return Refused(e);
            }
        }));
        Assert.Equal([0, 3509], both.Order());
    }

    [Fact]
    public async Task Withdrawn_and_expired_ones_open_nothing_and_say_so_to_who_has_the_codes()
    {
        var made = await site.ApprovedAsync();
        await site.Decide.WithdrawAsync(made.Id, By(Maker), "打错了单位", Cancel);
        Assert.Equal(3506, await RefusedAsync(() => site.Open.OpenAsync(made.Reference, made.Code, Cancel)));

        var expired = await site.ApprovedAsync();
        await using var ra = await site.RaAsync();
        var yesterday = site.Time.GetUtcNow().AddDays(-1);
        await ra.Authorisations.Where(a => a.Id == expired.Id).ExecuteUpdateAsync(a => a.SetProperty(x => x.ExpiresAt, yesterday), Cancel);
        Assert.Equal(3503, await RefusedAsync(() => site.Open.OpenAsync(expired.Reference, expired.Code, Cancel)));
    }

    [Fact]
    public async Task A_number_that_nobody_was_given_is_answered_as_a_wrong_code_until_it_locks()
    {
        var made = await site.ApprovedAsync();
        var unknown = ReferenceNumber.New();
        foreach (var left in (int[])[4, 3, 2, 1])
        {
            var (real, none) = (await ProblemAsync(made.Reference, AuthorisationCode.New()), await ProblemAsync(unknown, AuthorisationCode.New()));
            Assert.Equal(Problems.CodesWrong(left), real);
            Assert.Equal(real, none);
        }

        Assert.Equal(Problems.CodesLocked(), await ProblemAsync(made.Reference, AuthorisationCode.New()));
        Assert.Equal(Problems.CodesLocked(), await ProblemAsync(unknown, AuthorisationCode.New()));
        Assert.Equal(Problems.CodesLocked(), await ProblemAsync(made.Reference, made.Code)); // the right one comes too late
    }

    [Fact]
    public async Task The_right_codes_forgive_the_wrong_ones_before()
    {
        var made = await site.ApprovedAsync();
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(Problems.CodesWrong(4), await ProblemAsync(made.Reference, AuthorisationCode.New()));
            await site.Open.OpenAsync(made.Reference, made.Code, Cancel);
        }
    }

    [Fact]
    public async Task A_cancelled_subscriber_gets_none_and_uses_none()
    {
        var holder = await site.HolderAsync();
        var made = await site.ApprovedAsync(holder);
        await using var ra = await site.RaAsync();
        await ra.Subscribers.Where(s => s.StableId == holder).ExecuteUpdateAsync(s => s.SetProperty(x => x.State, SubscriberState.Cancelled), Cancel);
        Assert.Equal(3004, await RefusedAsync(() => site.Open.OpenAsync(made.Reference, made.Code, Cancel)));
        Assert.Equal(3004, await RefusedAsync(() => site.MadeAsync(holder)));
    }

    [Theory]
    [InlineData("", 7)]
    [InlineData("两\n行", 7)]
    [InlineData("原因", 0)]
    [InlineData("原因", 91)]
    public async Task A_wish_that_cannot_be_is_refused(string reason, int days) =>
        Assert.Equal(3512, await RefusedAsync(async () => await site.Make.MakeAsync(new(await site.HolderAsync(), "organisation-signing", reason) { Days = days }, By(Maker), Cancel)));

    [Fact]
    public async Task No_file_of_the_institution_ever_has_the_code_or_its_proof()
    {
        var made = await site.ApprovedAsync();
        var (_, proof) = await site.Open.OpenAsync(made.Reference, made.Code, Cancel);
        byte[][] secrets = [Encoding.ASCII.GetBytes(made.Code.Reveal()), Encoding.ASCII.GetBytes(made.Code.Reveal().Replace("-", "", StringComparison.Ordinal)), proof, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(proof))];
        Assert.NotEmpty(Directory.GetFiles(site.Directory, "ra.db*"));
        foreach (var file in Directory.EnumerateFiles(site.Directory, "*", SearchOption.AllDirectories))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var memory = new MemoryStream();
            await stream.CopyToAsync(memory, Cancel);
            Assert.All(secrets, secret => Assert.True(memory.ToArray().AsSpan().IndexOf(secret) < 0, file));
        }
    }

    private async Task<Problem> ProblemAsync(string reference, AuthorisationCode code) =>
        (await Assert.ThrowsAsync<ProblemException>(() => site.Open.OpenAsync(reference, code, Cancel))).Problem;

    private static async Task<int> RefusedAsync(Func<Task> act) => Refused(await Assert.ThrowsAsync<ProblemException>(act));
}

/// <summary>The same store under PostgreSQL, where acts do not wait for each other by themselves.</summary>
public sealed class AuthorisationRaceTests(PostgresAuthorisationSite site) : IClassFixture<PostgresAuthorisationSite>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_tries_at_once_five_count_and_no_more_get_an_answer()
    {
        var made = await site.ApprovedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(async () =>
            (await Assert.ThrowsAsync<ProblemException>(() => site.Open.OpenAsync(made.Reference, AuthorisationCode.New(), Cancel))).Problem, Cancel)));
        Assert.Equal([1, 2, 3, 4], answers.Where(a => a.Number == 3501).Select(a => int.Parse(a.Arguments[0], System.Globalization.CultureInfo.InvariantCulture)).Order());
        Assert.Equal(20, answers.Count(a => a.Number == 3502));
        Assert.Equal(3502, Refused(await Assert.ThrowsAsync<ProblemException>(() => site.Open.OpenAsync(made.Reference, made.Code, Cancel))));
    }

    [Fact]
    public async Task Of_two_who_approve_at_once_one_is_told()
    {
        var made = await site.WaitingAsync();
        var both = await Task.WhenAll(new[] { Checker, Third }.Select(person => Task.Run(async () =>
        {
            try
            {
                await site.Decide.ApproveAsync(made.Id, By(person), site.Sign(person, made.Document), Cancel);
                return 0;
            }
            catch (ProblemException e)
            {
                return Refused(e);
            }
        })));
        Assert.Equal([0, 3509], both.Order());
    }
}
