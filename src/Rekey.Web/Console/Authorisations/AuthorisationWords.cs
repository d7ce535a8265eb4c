using Rekey.Ra.Authorisations;
using Rekey.Web.Console.Authorisations.Texts;

namespace Rekey.Web.Console.Authorisations;

/// <summary>Addresses of the pages about authorisations.</summary>
internal static class AuthorisationUrls
{
    public const string Home = "/console/authorisations";

    public const string New = $"{Home}/new";

    public static string List(AuthorisationView view) => FormattableString.Invariant($"{Home}?view={view}");

    public static string One(long id) => FormattableString.Invariant($"{Home}/{id}");
}

/// <summary>Words of the states and views.</summary>
internal static class AuthorisationWords
{
    public static string State(AuthorisationState state) => state switch
    {
        AuthorisationState.Made => AuthorisationText.State_Made,
        AuthorisationState.Waiting => AuthorisationText.State_Waiting,
        AuthorisationState.Approved => AuthorisationText.State_Approved,
        AuthorisationState.Refused => AuthorisationText.State_Refused,
        AuthorisationState.Withdrawn => AuthorisationText.State_Withdrawn,
        _ => AuthorisationText.State_Spent,
    };

    /// <summary>The class of a state's tag.</summary>
    public static string Tag(AuthorisationState state) => state switch
    {
        AuthorisationState.Made or AuthorisationState.Waiting => "tag--warn",
        AuthorisationState.Approved or AuthorisationState.Spent => "tag--ok",
        AuthorisationState.Refused => "tag--danger",
        _ => "",
    };

    public static string View(AuthorisationView view) => view switch
    {
        AuthorisationView.Waiting => AuthorisationText.View_Waiting,
        AuthorisationView.Mine => AuthorisationText.View_Mine,
        _ => AuthorisationText.View_Decided,
    };

    /// <summary>Why a view is empty, and what next.</summary>
    public static string Empty(AuthorisationView view) => view switch
    {
        AuthorisationView.Waiting => AuthorisationText.Empty_Waiting,
        AuthorisationView.Mine => AuthorisationText.Empty_Mine,
        _ => AuthorisationText.Empty_Decided,
    };

    /// <summary>The question before an act.</summary>
    public static string Ask(AskAbout ask) => ask == AskAbout.Refuse ? AuthorisationText.Ask_Refuse : AuthorisationText.Ask_Withdraw;

    /// <summary>The button that does it.</summary>
    public static string AskButton(AskAbout ask) => ask == AskAbout.Refuse ? AuthorisationText.Refuse : AuthorisationText.Withdraw;
}
