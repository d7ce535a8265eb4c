using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using static Rekey.Ra.Operators.OperatorRole;
using static Rekey.Ra.Operators.Permission;
using OperatorRow = Rekey.Ra.Operators.Operator;
using Role = Rekey.Ra.Operators.OperatorRole;

namespace Rekey.Tests.Ra;

/// <summary>Who may what, and who may make whom what, as tables: all roles and permissions are in them.</summary>
public sealed class OperatorRulesTests
{
    public static readonly TheoryData<Role, OperatorDuties, Permission[]> Table = new()
    {
        { SuperAdministrator, OperatorDuties.None, [SeeOverview, SeeOperators, AppointOperators] },
        { AuditAdministrator, OperatorDuties.None, [SeeOverview, SeeOperators, AppointOperators, SeeAudit] },
        { BusinessAdministrator, OperatorDuties.None, [SeeOverview, SeeSubscribers, SeeRequests, SeeOperators, AppointOperators] },
        { Role.Operator, OperatorDuties.None, [SeeOverview, SeeSubscribers, SeeRequests] },
        { Role.Operator, OperatorDuties.Entry, [SeeOverview, SeeSubscribers, SeeRequests, EnterSubscribers] },
        { Role.Operator, OperatorDuties.Review, [SeeOverview, SeeSubscribers, SeeRequests, DecideRequests] },
        { Role.Operator, OperatorDuties.CardMaking, [SeeOverview, SeeSubscribers, SeeRequests, MakeCards] },
        { Role.Operator, OperatorDuties.Entry | OperatorDuties.Review | OperatorDuties.CardMaking, [SeeOverview, SeeSubscribers, SeeRequests, EnterSubscribers, DecideRequests, MakeCards] },
        { Auditor, OperatorDuties.None, [SeeOverview, SeeSubscribers, SeeRequests, SeeOperators, SeeAudit] },
        // A row that says more than its role has is not believed.
        { Auditor, (OperatorDuties)7, [SeeOverview, SeeSubscribers, SeeRequests, SeeOperators, SeeAudit] },
        { SuperAdministrator, (OperatorDuties)7, [SeeOverview, SeeOperators, AppointOperators] },
    };

    /// <summary>Of five people one for each role: who appoints, whom, what comes of it (0: done).</summary>
    public static readonly TheoryData<Role, Role, int> Appointments = new()
    {
        { SuperAdministrator, SuperAdministrator, 3404 }, { SuperAdministrator, AuditAdministrator, 3404 }, { SuperAdministrator, BusinessAdministrator, 0 }, { SuperAdministrator, Role.Operator, 3404 }, { SuperAdministrator, Auditor, 3404 },
        { AuditAdministrator, SuperAdministrator, 3404 }, { AuditAdministrator, AuditAdministrator, 3404 }, { AuditAdministrator, BusinessAdministrator, 3404 }, { AuditAdministrator, Role.Operator, 3404 }, { AuditAdministrator, Auditor, 0 },
        { BusinessAdministrator, SuperAdministrator, 3404 }, { BusinessAdministrator, AuditAdministrator, 3404 }, { BusinessAdministrator, BusinessAdministrator, 3404 }, { BusinessAdministrator, Role.Operator, 0 }, { BusinessAdministrator, Auditor, 3404 },
        { Role.Operator, SuperAdministrator, 3404 }, { Role.Operator, AuditAdministrator, 3404 }, { Role.Operator, BusinessAdministrator, 3404 }, { Role.Operator, Role.Operator, 3404 }, { Role.Operator, Auditor, 3404 },
        { Auditor, SuperAdministrator, 3404 }, { Auditor, AuditAdministrator, 3404 }, { Auditor, BusinessAdministrator, 3404 }, { Auditor, Role.Operator, 3404 }, { Auditor, Auditor, 3404 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_role_may_what_the_table_says_and_nothing_else(Role role, OperatorDuties duties, Permission[] permissions) =>
        Assert.Equal(permissions.Order(), Enum.GetValues<Permission>().Where(p => OperatorRules.May(role, duties, p)).Order());

    [Fact]
    public void Only_operators_change_anything_but_operators_and_the_auditor_nothing()
    {
        foreach (var role in Enum.GetValues<Role>().Where(r => r != Role.Operator))
        {
            Assert.DoesNotContain(new[] { EnterSubscribers, DecideRequests, MakeCards }, p => OperatorRules.May(role, (OperatorDuties)7, p));
        }

        Assert.False(OperatorRules.May(Auditor, (OperatorDuties)7, AppointOperators));
    }

    [Theory]
    [MemberData(nameof(Appointments))]
    public void A_role_appoints_changes_and_removes_what_the_table_says(Role by, Role whom, int problem)
    {
        var duties = whom == Role.Operator ? OperatorDuties.Entry : OperatorDuties.None;
        Assert.Equal(problem, OperatorRules.WhyNotAppoint(Someone("A", by), "B", new(whom, duties, OperatorScope.All))?.Number ?? 0);
        Assert.Equal(problem, OperatorRules.WhyNotTouch(Someone("A", by), Row("B", whom))?.Number ?? 0);
        Assert.Equal(problem, OperatorRules.WhyNotRemove(Someone("A", by), Row("B", whom))?.Number ?? 0);
        Assert.Equal(3403, OperatorRules.WhyNotAppoint(Someone("A", by), "A", new(whom, duties, OperatorScope.All))!.Number);
        Assert.Equal(3403, OperatorRules.WhyNotTouch(Someone("A", by), Row("A", whom))!.Number);
        Assert.Equal(3403, OperatorRules.WhyNotRemove(Someone("A", by), Row("A", whom, OperatorState.Waiting))!.Number);
        Assert.Null(OperatorRules.WhyNotAppoint(null, "A", new(whom, duties, OperatorScope.All)));
    }

    [Theory]
    [InlineData(BusinessAdministrator, AuditAdministrator)]
    [InlineData(Auditor, SuperAdministrator)]
    public void The_peer_of_whoever_appoints_confirms_and_nobody_else(Role whom, Role peer)
    {
        foreach (var role in Enum.GetValues<Role>())
        {
            Assert.Equal(role == peer ? 0 : 3404, OperatorRules.WhyNotConfirm(Someone("A", role), Row("B", whom, OperatorState.Waiting))?.Number ?? 0);
            Assert.Equal(role == peer || role == OperatorRules.AppointedBy(whom) ? 0 : 3404, OperatorRules.WhyNotRemove(Someone("A", role), Row("B", whom, OperatorState.Waiting))?.Number ?? 0);
        }

        Assert.Equal(3409, OperatorRules.WhyNotConfirm(Someone("A", peer), Row("B", whom))!.Number);
        Assert.Equal(3403, OperatorRules.WhyNotConfirm(Someone("B", peer), Row("B", whom, OperatorState.Waiting))!.Number);
    }

    [Fact]
    public void Persons_are_compared_not_roles()
    {
        // Appointed by A when A was super administrator; by now A is the audit administrator, who would be the right one to confirm.
        var row = Row("B", BusinessAdministrator, OperatorState.Waiting);
        row.AppointedBy = SignedInOperator.ActorOf("A");
        Assert.Equal(3401, OperatorRules.WhyNotConfirm(Someone("A", AuditAdministrator), row)!.Number);
        Assert.Null(OperatorRules.WhyNotConfirm(Someone("C", AuditAdministrator), row));
    }

    [Theory]
    [InlineData("37", "all", 3405)]
    [InlineData("37", "3701", 0)]
    [InlineData("3701", "37", 3405)]
    public void Nobody_gives_a_wider_scope_than_their_own(string mine, string theirs, int problem)
    {
        var by = Someone("A", BusinessAdministrator, mine);
        Assert.Equal(problem, OperatorRules.WhyNotAppoint(by, "B", new(Role.Operator, OperatorDuties.Entry, OperatorScope.Parse(theirs)))?.Number ?? 0);
        Assert.Equal(problem, OperatorRules.WhyNotTouch(by, Row("B", Role.Operator, scope: theirs))?.Number ?? 0);
    }

    [Fact]
    public void An_operator_has_a_duty_and_other_roles_have_none()
    {
        Assert.Equal(3402, OperatorRules.WhyNotAppoint(null, "B", new(Role.Operator, OperatorDuties.None, OperatorScope.All))!.Number);
        Assert.Equal(new(Auditor, OperatorDuties.None, OperatorScope.All), new Appointment(Auditor, OperatorDuties.Review, OperatorScope.Parse("37")).Fitting());
        Assert.Equal(OperatorScope.Parse("37"), new Appointment(BusinessAdministrator, OperatorDuties.None, OperatorScope.Parse("37")).Fitting().Scope);
    }

    [Theory]
    [InlineData(SuperAdministrator, true, true, true)]
    [InlineData(AuditAdministrator, true, true, true)]
    [InlineData(Auditor, true, true, true)]
    [InlineData(BusinessAdministrator, false, true, false)]
    [InlineData(Role.Operator, false, false, false)]
    public void A_business_administrator_sees_the_operators_of_the_scope_alone(Role viewer, bool administrators, bool inside, bool outside)
    {
        var by = Someone("A", viewer, viewer == BusinessAdministrator ? "37" : "all");
        Assert.Equal(administrators, OperatorRules.Sees(by, Summary("B", AuditAdministrator, "all")));
        Assert.Equal(inside, OperatorRules.Sees(by, Summary("B", Role.Operator, "3701")));
        Assert.Equal(outside, OperatorRules.Sees(by, Summary("B", Role.Operator, "38")));
    }

    private static SignedInOperator Someone(string id, Role role, string scope = "all") => new(1, id, "某人", role, OperatorDuties.None, OperatorScope.Parse(scope));

    private static OperatorRow Row(string id, Role role, OperatorState state = OperatorState.Active, string scope = "all") => new()
    {
        Subscriber = new Subscriber { StableId = id, DisplayName = "某人", Kind = SubscriberKind.Person },
        Role = role,
        Scope = scope,
        State = state,
        AppointedBy = "operator:Z",
        ChangedBy = "operator:Z",
    };

    private static OperatorSummary Summary(string id, Role role, string scope) =>
        new(id, "某人", role, OperatorDuties.None, OperatorScope.Parse(scope), OperatorState.Active, "test", default, null, 1, null);
}
