using Rekey.Contract.Problems;

namespace Rekey.Ra.Operators;

/// <summary>Who may what, and who may make whom what (GM/T 0037): the one place, and a table in the tests.</summary>
internal static class OperatorRules
{
    /// <summary>Whether a role, and of an operator the duties, have a permission.</summary>
    public static bool May(OperatorRole role, OperatorDuties duties, Permission permission) => permission switch
    {
        Permission.SeeOverview => true,
        Permission.SeeSubscribers or Permission.SeeRequests => role is OperatorRole.BusinessAdministrator or OperatorRole.Operator or OperatorRole.Auditor,
        Permission.EnterSubscribers => role == OperatorRole.Operator && duties.HasFlag(OperatorDuties.Entry),
        Permission.DecideRequests => role == OperatorRole.Operator && duties.HasFlag(OperatorDuties.Review),
        Permission.MakeCards => role == OperatorRole.Operator && duties.HasFlag(OperatorDuties.CardMaking),
        Permission.SeeOperators => role != OperatorRole.Operator,
        Permission.AppointOperators => role is OperatorRole.SuperAdministrator or OperatorRole.AuditAdministrator or OperatorRole.BusinessAdministrator,
        Permission.SeeAudit => role is OperatorRole.AuditAdministrator or OperatorRole.Auditor,
        _ => false,
    };

    /// <summary>Whose appointment a role is; null when only the server's own console makes it.</summary>
    public static OperatorRole? AppointedBy(OperatorRole role) => role switch
    {
        OperatorRole.BusinessAdministrator => OperatorRole.SuperAdministrator,
        OperatorRole.Auditor => OperatorRole.AuditAdministrator,
        OperatorRole.Operator => OperatorRole.BusinessAdministrator,
        _ => null,
    };

    /// <summary>Whose word it needs besides, before an appointment counts; null for nobody's. Neither of the two peers makes an officer alone.</summary>
    public static OperatorRole? ConfirmedBy(OperatorRole role) => role switch
    {
        OperatorRole.BusinessAdministrator => OperatorRole.AuditAdministrator,
        OperatorRole.Auditor => OperatorRole.SuperAdministrator,
        _ => null,
    };

    /// <summary>Why somebody may not make a person something.</summary>
    /// <param name="by">Who; null: the server's own console, which may.</param>
    /// <param name="stableId">Whom.</param>
    /// <param name="wanted">What.</param>
    public static Problem? WhyNotAppoint(SignedInOperator? by, string stableId, Appointment wanted) =>
        wanted is { Role: OperatorRole.Operator, Duties: OperatorDuties.None } ? Problems.DutyMissing()
        : by is null ? null
        : by.StableId == stableId ? Problems.OperatorIsSelf()
        : by.Role != AppointedBy(wanted.Role) ? Problems.AppointmentOfOthers()
        : !by.Scope.Covers(wanted.Scope) ? Problems.ScopeTooWide()
        : null;

    /// <summary>Why somebody may not change an operator as she stands.</summary>
    public static Problem? WhyNotTouch(SignedInOperator? by, Operator row) =>
        row.State == OperatorState.Removed ? Problems.OperatorUnknown()
        : by is null ? null
        : by.StableId == row.Subscriber.StableId ? Problems.OperatorIsSelf()
        : by.Role != AppointedBy(row.Role) ? Problems.AppointmentOfOthers()
        : !by.Scope.Covers(OperatorScope.Parse(row.Scope)) ? Problems.ScopeTooWide()
        : null;

    /// <summary>Why somebody may not remove an operator. Who would confirm an appointment may decline it.</summary>
    public static Problem? WhyNotRemove(SignedInOperator? by, Operator row) =>
        row.State == OperatorState.Waiting && by is not null && by.Role == ConfirmedBy(row.Role) && by.StableId != row.Subscriber.StableId ? null : WhyNotTouch(by, row);

    /// <summary>Why somebody may not confirm an appointment: persons are compared, whatever role the two have by now.</summary>
    public static Problem? WhyNotConfirm(SignedInOperator by, Operator row) =>
        row.State != OperatorState.Waiting ? Problems.OperatorUnknown()
        : by.StableId == row.Subscriber.StableId ? Problems.OperatorIsSelf()
        : IsOwnAct(by, row.AppointedBy) ? Problems.OwnAct()
        : by.Role != ConfirmedBy(row.Role) ? Problems.AppointmentOfOthers()
        : null;

    /// <summary>Whether an act was made by the very person who wants to decide about it.</summary>
    /// <param name="by">Who decides.</param>
    /// <param name="maker">Who made it, as in the audit log.</param>
    public static bool IsOwnAct(SignedInOperator by, string maker) => by.Actor == maker;

    /// <summary>Whether somebody sees an operator.</summary>
    public static bool Sees(SignedInOperator? viewer, OperatorSummary other) => viewer is null
        || (viewer.May(Permission.SeeOperators) && (viewer.Role != OperatorRole.BusinessAdministrator
            || other.StableId == viewer.StableId || (other.Role == OperatorRole.Operator && viewer.Scope.Covers(other.Scope))));
}
