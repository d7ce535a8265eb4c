using Rekey.Ra.Operators;
using Rekey.Web.Console.Texts;

namespace Rekey.Web.Console;

/// <summary>Words for what operators are.</summary>
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
}
