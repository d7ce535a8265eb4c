using System.Globalization;
using Rekey.Contract.Bridge;
using Rekey.Web.Portal.Texts;

namespace Rekey.Web.Portal.Renewal;

/// <summary>A line of the pre-flight list.</summary>
internal static class PreflightWords
{
    public static string Of(PreflightCheck check) => check.Outcome switch
    {
        PreflightOutcome.Ok => Name(check.Kind),
        PreflightOutcome.Unknown => Design.Wording.F(Text.Preflight_Unknown, Name(check.Kind)),
        _ => check.Problem?.ToProblem().Title(CultureInfo.CurrentUICulture) ?? Name(check.Kind),
    };

    private static string Name(PreflightKind kind) => kind switch
    {
        PreflightKind.Certificate => Text.Preflight_Certificate,
        PreflightKind.Model => Text.Preflight_Model,
        PreflightKind.AgentVersion => Text.Preflight_AgentVersion,
        PreflightKind.Clock => Text.Preflight_Clock,
        PreflightKind.Room => Text.Preflight_Room,
        PreflightKind.Driver => Text.Preflight_Driver,
        PreflightKind.PinTries => Text.Preflight_PinTries,
        PreflightKind.Network => Text.Preflight_Network,
        PreflightKind.OldKey => Text.Preflight_OldKey,
        PreflightKind.Authorisation => Text.Preflight_Authorisation,
        PreflightKind.Holder => Text.Preflight_Holder,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
