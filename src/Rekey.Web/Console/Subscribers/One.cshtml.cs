using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Web.Portal.Renewal;

namespace Rekey.Web.Console.Subscribers;

/// <summary>A pair as a bar of the picture of generations.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="X">Where it begins, in per cent.</param>
/// <param name="Width">How long it is, in per cent.</param>
/// <param name="IsInUse">Whether it is in use.</param>
internal sealed record GenerationBar(CertificatePair Pair, double X, double Width, bool IsInUse);

/// <summary>All that is known of one subscriber: what an operator reads while the user is on the telephone.</summary>
[Requires(Permission.SeeSubscribers)]
internal sealed class OneModel(RaOptions options, ReadSubscriber read, TimeProvider time) : ConsolePage(options)
{
    private const int MostBars = 8;

    public SubscriberDetails Details { get; private set; } = null!;

    public StateTag Tag { get; private set; } = null!;

    public LifeLine? Line { get; private set; }

    public IReadOnlyList<GenerationBar> Bars { get; private set; } = [];

    /// <summary>Years of the picture, and where each begins in per cent.</summary>
    public IReadOnlyList<(int Year, double X)> Years { get; private set; } = [];

    /// <summary>Where today is in it, in per cent.</summary>
    public double NowX { get; private set; }

    public DateOnly Today => Day(time.GetUtcNow());

    public DateOnly Day(DateTimeOffset at) => RenewalWindow.CalendarDay(at, Options.Institution.Zone());

    public async Task OnGetAsync(string? id)
    {
        Details = await read.ReadAsync(id ?? "", Scope, HttpContext.RequestAborted);
        var inUse = Details.Certificates.FirstOrDefault(c => c.State is CertificateState.Active or CertificateState.Held);
        var window = inUse is null ? null : RenewalWindow.Of(inUse.NotAfter, Options.Renewal.For(inUse.Profile).Window, Options.Institution.Zone());
        Tag = SubscriberWords.Of(Details.State, inUse is not null, inUse?.State == CertificateState.Held, window, Today);
        Line = window is null ? null : LifeLine.Of(Day(inUse!.NotBefore), window, Today);
        Draw();
    }

    private void Draw()
    {
        if (Details.Certificates.Count == 0)
        {
            return;
        }

        var shown = Details.Certificates.Take(MostBars).ToList();
        var first = Math.Min(shown.Min(c => Day(c.NotBefore).Year), Today.Year);
        var last = Math.Max(shown.Max(c => Day(c.NotAfter).Year), Today.Year) + 1;
        var (start, end) = (new DateOnly(first, 1, 1), new DateOnly(last, 1, 1));
        double X(DateOnly day) => 100.0 * (day.DayNumber - start.DayNumber) / (end.DayNumber - start.DayNumber);
        Bars = [.. shown.Select(c => new GenerationBar(c, X(Day(c.NotBefore)), Math.Max(0.5, X(Day(c.NotAfter)) - X(Day(c.NotBefore))), c.State is CertificateState.Active or CertificateState.Held))];
        var step = Math.Max(1, (last - first + 9) / 10);
        Years = [.. Enumerable.Range(first, last - first).Where(y => (y - first) % step == 0).Select(y => (y, X(new DateOnly(y, 1, 1))))];
        NowX = X(Today);
    }
}
