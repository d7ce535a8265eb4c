using Rekey.Ra.Operators;
using Rekey.Web.Console.Texts;
using static Rekey.Web.Design.Wording;

namespace Rekey.Web.Console;

/// <summary>Words for what operators are and may.</summary>
internal static class OperatorWords
{
    /// <summary>A role.</summary>
    public static string Role(OperatorRole role) => role switch
    {
        OperatorRole.SuperAdministrator => ConsoleText.Role_Super,
        OperatorRole.AuditAdministrator => ConsoleText.Role_Audit,
        OperatorRole.BusinessAdministrator => ConsoleText.Role_Business,
        OperatorRole.Operator => ConsoleText.Role_Operator,
        _ => ConsoleText.Role_Auditor,
    };

    /// <summary>A single duty.</summary>
    public static string Duty(OperatorDuties duty) => duty switch
    {
        OperatorDuties.Entry => ConsoleText.Duty_Entry,
        OperatorDuties.Review => ConsoleText.Duty_Review,
        _ => ConsoleText.Duty_CardMaking,
    };

    /// <summary>The duties of somebody, in words.</summary>
    public static IEnumerable<string> Duties(OperatorDuties duties) => Enum.GetValues<OperatorDuties>().Where(d => d != OperatorDuties.None && duties.HasFlag(d)).Select(Duty);

    /// <summary>A scope.</summary>
    public static string Scope(OperatorScope scope) => scope.IsAll ? ConsoleText.Scope_All : scope.ToString();

    /// <summary>How somebody stands.</summary>
    public static string State(OperatorState state) => state switch
    {
        OperatorState.Waiting => ConsoleText.State_Waiting,
        OperatorState.Active => ConsoleText.State_Active,
        _ => ConsoleText.State_Removed,
    };

    /// <summary>Who has a permission: roles, and for operators the duty.</summary>
    public static IEnumerable<string> WhoHas(Permission permission) => Enum.GetValues<OperatorRole>().SelectMany(role =>
        OperatorRules.May(role, OperatorDuties.None, permission) ? [Role(role)]
        : role == OperatorRole.Operator ? Enum.GetValues<OperatorDuties>().Where(d => OperatorRules.May(role, d, permission)).Select(d => F(ConsoleText.Role_WithDuty, Role(role), Duty(d)))
        : []);
}
