using Rekey.Ca.Configuration;
using Rekey.Ra;

namespace Rekey.Server.Settings;

/// <summary><c>console</c> in <c>rekey.yaml</c>: the operators' console of an RA's host. All of it is optional.</summary>
/// <param name="Limits">How long a session lasts.</param>
/// <param name="Issuers">Files of CA certificates, besides the RA's own <c>caCertificate</c>, whose certificates operators may log in with.</param>
internal sealed record ConsoleSettings(ConsoleOptions Limits, IReadOnlyList<string> Issuers)
{
    public static ConsoleSettings Read(YamlSection? s, string directory)
    {
        var defaults = new ConsoleOptions();
        if (s is null)
        {
            return new(defaults, []);
        }

        var limits = new ConsoleOptions
        {
            IdleLimit = TimeSpan.FromMinutes(s.Number("idleMinutes", 5, 720, (int)defaults.IdleLimit.TotalMinutes)),
            LongestSession = TimeSpan.FromHours(s.Number("longestHours", 1, 24, (int)defaults.LongestSession.TotalHours)),
        };
        var issuers = (s.Texts("issuers") ?? []).Select(f => Path.Combine(directory, f)).ToList();
        s.Done();
        return new(limits, issuers);
    }

    /// <summary>
    /// The console's origin, which a login is bound to; null where none is sure, and then there is no console. It is never taken from a
    /// request, so it is <c>publicOrigin</c>, or the one address on loopback that the host listens on.
    /// </summary>
    public static string? Origin(ServerSettings settings)
    {
        var address = settings.Ra.Sessions.PublicOrigin ?? (settings.Listen is [{ IsLoopback: true } only] ? only : null);
        return address is { IsLoopback: true } || address?.Scheme == Uri.UriSchemeHttps ? address.GetLeftPart(UriPartial.Authority) : null;
    }
}
