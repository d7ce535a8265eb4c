using System.Globalization;
using Rekey.Pki.Algorithms;

namespace Rekey.Demo;

/// <summary>What was asked on the command line.</summary>
/// <param name="Headless">Drive a whole renewal in a browser without a window, and report.</param>
/// <param name="Language"><c>zh-CN</c> or <c>en</c>.</param>
/// <param name="Date">The institution's date, or null for today.</param>
/// <param name="Https">Serve the portal over TLS by the demonstration's own CA.</param>
/// <param name="Suite">Kind of the PKCS#11 tokens' keys, old and new.</param>
/// <param name="RenewPair">Renew the SM2 pair on the software UKey, not a certificate on a PKCS#11 token.</param>
internal sealed record DemoOptions(bool Headless, string Language, DateOnly? Date, bool Https, AlgorithmSuite Suite, bool RenewPair)
{
    /// <summary>The directory of everything the demonstration makes.</summary>
    public static string Directory { get; } = Path.GetFullPath(".demo");

    /// <summary>The portal's address.</summary>
    public Uri Portal => new(Https ? "https://localhost:8008" : "http://localhost:8008");

    /// <summary>The publisher's address.</summary>
    public static Uri Publisher { get; } = new("http://localhost:8009");

    /// <summary>How far the institution's clock is from the real one.</summary>
    public TimeSpan ClockOffset => Date is { } day
        ? day.ToDateTime(TimeOnly.FromDateTime(DateTime.UtcNow), DateTimeKind.Utc) - DateTime.UtcNow
        : TimeSpan.Zero;

    /// <summary>The date as the server's command line takes it.</summary>
    public string? ServerDate => Date is null
        ? null
        : (DateTimeOffset.UtcNow + ClockOffset).ToString("o", CultureInfo.InvariantCulture);
}
