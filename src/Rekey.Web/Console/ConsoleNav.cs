using Rekey.Ra.Operators;
using Rekey.Web.Console.Texts;

namespace Rekey.Web.Console;

/// <summary>A way in the navigation of the console.</summary>
/// <param name="Path">Its page; pages below it are part of it.</param>
/// <param name="Icon">Name in <c>icons.svg</c>.</param>
/// <param name="Text">Its word.</param>
/// <param name="Permission">Who sees it.</param>
/// <param name="IsManagement">Below the line.</param>
internal sealed record ConsoleNavItem(string Path, string Icon, Func<string> Text, Permission Permission, bool IsManagement = false)
{
    /// <summary>All of them, in order.</summary>
    public static readonly IReadOnlyList<ConsoleNavItem> All =
    [
        new(ConsoleUrls.Home, "home", () => ConsoleText.Nav_Overview, Permission.SeeOverview),
        new(Subscribers.SubscriberUrls.List, "users", () => Subscribers.Texts.SubscriberText.List_Title, Permission.SeeSubscribers),
        new(ConsoleUrls.Requests, "inbox", () => ConsoleText.Requests_Title, Permission.SeeRequests),
        new(Authorisations.AuthorisationUrls.Home, "check", () => Authorisations.Texts.AuthorisationText.Nav, Permission.SeeRequests),
        new(ConsoleUrls.Operators, "user", () => ConsoleText.Operators_Title, Permission.SeeOperators, IsManagement: true),
    ];

    /// <summary>Whether a page is this one or below it.</summary>
    public bool Has(string path) => Path == ConsoleUrls.Home ? path == Path : path.StartsWith(Path, StringComparison.Ordinal);
}

/// <summary>Addresses of the console.</summary>
internal static class ConsoleUrls
{
    public const string Home = "/console/";

    public const string Requests = "/console/requests";

    public const string Operators = "/console/operators";

    public const string Login = "/console/login";

    public const string Logout = "/console/logout";

    /// <summary>The page of an operator.</summary>
    public static string OperatorPage(string stableId) => $"{Operators}/{Uri.EscapeDataString(stableId)}";

    /// <summary>Whether an address is one of the console: never "//host" or "/\host".</summary>
    public static bool IsOurs(string? path) => path is not null && path.StartsWith(Home, StringComparison.Ordinal) && path.Length < 1000 && !path.Any(c => c == '\\' || char.IsControl(c));
}
