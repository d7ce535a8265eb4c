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
}
