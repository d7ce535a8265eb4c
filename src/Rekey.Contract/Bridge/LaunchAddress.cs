using System.Text.RegularExpressions;

namespace Rekey.Contract.Bridge;

/// <summary>
/// The address that starts the agent: <c>rekey://start?v=1&amp;o=ORIGIN&amp;t=TICKET</c>, or <c>rekey://login?…</c> and <c>rekey://sign?…</c> for a
/// login and a signature, which more sites may ask for. Everything the agent learns from a web page is in here, so the form is closed: no other parameter, order or length is
/// accepted.
/// </summary>
/// <param name="Origin">Where to attach, for example <c>https://ra.example:8008</c>; never with a path.</param>
/// <param name="Ticket">256 random bits in base64url, used once.</param>
/// <param name="Purpose">What may be asked of the agent; said here, so that it is judged before anything is contacted.</param>
public sealed partial record LaunchAddress(string Origin, string Ticket, SessionPurpose Purpose = SessionPurpose.Renew)
{
    /// <summary>Longest address that is looked at, in characters.</summary>
    public const int MaxLength = 512;

    private static readonly Dictionary<string, SessionPurpose> Words = new()
    {
        ["start"] = SessionPurpose.Renew,
        ["login"] = SessionPurpose.Login,
        ["sign"] = SessionPurpose.Sign,
    };

    /// <summary>How long a ticket waits to be used.</summary>
    public static readonly TimeSpan TicketLifetime = TimeSpan.FromSeconds(120);

    /// <summary>Reads an address; null when it differs from the form in anything.</summary>
    public static LaunchAddress? Parse(string text)
    {
        if (text.Length > MaxLength || Form().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var origin = Uri.UnescapeDataString(match.Groups[2].Value);
        return Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.GetLeftPart(UriPartial.Authority) == origin
            ? new LaunchAddress(origin, match.Groups[3].Value, Words[match.Groups[1].Value])
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"rekey://{Words.FirstOrDefault(w => w.Value == Purpose).Key ?? "start"}?v=1&o={Uri.EscapeDataString(Origin)}&t={Ticket}";

    // Some desktops insert a slash after the host of a scheme address.
    [GeneratedRegex(@"\Arekey://(start|login|sign)/?\?v=1&o=([A-Za-z0-9%.\-]{8,200})&t=([A-Za-z0-9_\-]{43})\z")]
    private static partial Regex Form();
}
