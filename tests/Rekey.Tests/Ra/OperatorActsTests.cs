using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Store.Audit;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>Appointing, confirming, changing and removing operators, in the store and in the audit log.</summary>
public sealed class OperatorActsTests : IAsyncLifetime
{
    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => portal = await PortalHost.StartAsync();

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task A_business_administrator_works_once_the_second_person_has_confirmed()
    {
        var super = await portal.SignedInAsync("赵超", OperatorRole.SuperAdministrator);
        var audit = await portal.SignedInAsync("钱审", OperatorRole.AuditAdministrator);
        var person = await portal.PersonAsync("孙业");
        var id = person.Subscriber.StableId;
        Assert.Equal(OperatorState.Waiting, await Appoint(id, OperatorRole.BusinessAdministrator, super));
        Assert.Equal(6030, (await RefusedAsync(() => Get<ConsoleSessions>().BeginAsync(person.Sha256, Cancel))).Number);
        Assert.Equal(3401, (await RefusedAsync(() => Get<ConfirmOperator>().ConfirmAsync(id, 1, super, Cancel))).Number);

        await Get<ConfirmOperator>().ConfirmAsync(id, 1, audit, Cancel);

        Assert.NotNull(await Get<ConsoleSessions>().BeginAsync(person.Sha256, Cancel));
        Assert.Equal([("operator.appointed", super.Actor, "done"), ("operator.confirmed", audit.Actor, "done")], await portal.AuditAsync($"operator:{id}"));
    }

    [Fact]
    public async Task A_wider_scope_of_a_business_administrator_waits_again_and_a_narrower_one_counts_at_once()
    {
        var super = await portal.SignedInAsync("赵超", OperatorRole.SuperAdministrator);
        var admin = await portal.SignedInAsync("孙业", OperatorRole.BusinessAdministrator, scope: "37");
        await Change(admin.StableId, 1, "3701", super);
        Assert.Equal(OperatorState.Active, (await RowAsync(admin.StableId)).State);
        await Change(admin.StableId, 2, "37", super);
        Assert.Equal((OperatorState.Waiting, super.Actor), ((await RowAsync(admin.StableId)).State, (await RowAsync(admin.StableId)).AppointedBy));
    }

    [Fact]
    public async Task A_person_has_one_role_until_it_is_removed()
    {
        var admin = await portal.SignedInAsync("孙业", OperatorRole.BusinessAdministrator);
        var audit = await portal.SignedInAsync("钱审", OperatorRole.AuditAdministrator);
        var id = (await portal.PersonAsync("李操")).Subscriber.StableId;
        await Appoint(id, OperatorRole.Operator, admin, OperatorDuties.Entry);
        Assert.Equal(3406, (await RefusedAsync(() => Appoint(id, OperatorRole.Auditor, audit))).Number);
        await Get<RemoveOperator>().RemoveAsync(id, 1, "调离", admin, "", Cancel);
        Assert.Equal(OperatorState.Waiting, await Appoint(id, OperatorRole.Auditor, audit));
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(1, await db.Operators.CountAsync(o => o.Subscriber.StableId == id, Cancel));
    }

    [Fact]
    public async Task Organisations_cancelled_and_unknown_people_are_no_operators()
    {
        var organisation = await portal.RegisterAsync(portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2025-01-01"), DemoPki.Day("2030-01-01")));
        var cancelled = await portal.RegisterAsync(
            portal.Pki.Issue("周退", DemoPki.Day("2025-01-01"), DemoPki.Day("2030-01-01")), subscriber: s => (s.Kind, s.State) = (SubscriberKind.Person, SubscriberState.Cancelled));
        Assert.Equal(3407, (await RefusedAsync(() => Appoint(organisation.Subscriber.StableId, OperatorRole.Auditor))).Number);
        Assert.Equal(3407, (await RefusedAsync(() => Appoint(cancelled.Subscriber.StableId, OperatorRole.Auditor))).Number);
        Assert.Equal(3309, (await RefusedAsync(() => Appoint("nobody", OperatorRole.Auditor))).Number);
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(0, await db.Operators.CountAsync(Cancel));
        Assert.Equal(0, await db.Set<AuditEntryRow>().CountAsync(e => e.Kind == "operator.appointed", Cancel));
    }

    [Fact]
    public async Task Who_changes_what_somebody_changed_meanwhile_is_told_by_whom()
    {
        var first = await portal.SignedInAsync("孙业", OperatorRole.BusinessAdministrator);
        var second = await portal.SignedInAsync("吴业", OperatorRole.BusinessAdministrator);
        var id = (await portal.AppointAsync("李操", OperatorRole.Operator, OperatorDuties.Entry)).Subscriber.StableId;
        await Change(id, 1, "37", first, OperatorDuties.Review);
        var refusal = await RefusedAsync(() => Get<RemoveOperator>().RemoveAsync(id, 1, "调离", second, "", Cancel));
        Assert.Equal((3408, first.Actor), (refusal.Number, refusal.Arguments[0]));
        Assert.Equal((OperatorState.Active, OperatorDuties.Review, "37"), ((await RowAsync(id)).State, (await RowAsync(id)).Duties, (await RowAsync(id)).Scope));
    }

    [Fact]
    public async Task Of_many_who_change_or_appoint_at_once_one_succeeds()
    {
        var admin = await portal.SignedInAsync("孙业", OperatorRole.BusinessAdministrator);
        var id = (await portal.PersonAsync("李操")).Subscriber.StableId;
        Assert.Equal([0, 3406, 3406, 3406], await AllAsync(_ => Appoint(id, OperatorRole.Operator, admin, OperatorDuties.Entry)));
        Assert.Equal([0, 3408, 3408, 3408], await AllAsync(i => Change(id, 1, $"370{i + 1}", admin, OperatorDuties.Entry)));
        Assert.Equal(["operator.appointed", "operator.changed"], (await portal.AuditAsync($"operator:{id}")).Select(e => e.Kind));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 调离")]
    [InlineData("调离\n当天")]
    public async Task A_removal_says_why_in_one_line(string reason)
    {
        var admin = await portal.SignedInAsync("孙业", OperatorRole.BusinessAdministrator);
        var id = (await portal.AppointAsync("李操", OperatorRole.Operator, OperatorDuties.Entry)).Subscriber.StableId;
        Assert.Equal(3410, (await RefusedAsync(() => Get<RemoveOperator>().RemoveAsync(id, 1, reason, admin, "", Cancel))).Number);
        Assert.Equal(OperatorState.Active, (await RowAsync(id)).State);
    }

    private T Get<T>()
        where T : notnull => portal.Services.GetRequiredService<T>();

    private Task<OperatorState> Appoint(string id, OperatorRole role, SignedInOperator? by = null, OperatorDuties duties = OperatorDuties.None) =>
        Get<AppointOperator>().AppointAsync(id, new(role, duties, OperatorScope.All), by, "test", Cancel);

    private Task Change(string id, int version, string scope, SignedInOperator by, OperatorDuties duties = OperatorDuties.None) =>
        Get<ChangeOperator>().ChangeAsync(id, version, duties, OperatorScope.Parse(scope), by, "test", Cancel);

    private static async Task<Problem> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<ProblemException>(act)).Problem;

    private static async Task<IEnumerable<int>> AllAsync(Func<int, Task> act) => (await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
    {
        try
        {
            await act(i);
            return 0;
        }
        catch (ProblemException e)
        {
            return e.Problem.Number;
        }
    }, Cancel)))).Order();

    private async Task<Operator> RowAsync(string id)
    {
        await using var db = await portal.DatabaseAsync();
        return await db.Operators.AsNoTracking().SingleAsync(o => o.Subscriber.StableId == id, Cancel);
    }
}
