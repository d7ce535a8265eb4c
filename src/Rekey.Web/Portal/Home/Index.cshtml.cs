using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Home;

internal sealed class IndexModel(SessionReader reader, BrowserGuard guard, RaOptions options) : PortalPage(reader, guard, options)
{
    /// <summary>What was last read from the visitor's keys.</summary>
    public IReadOnlyList<CertificateCard> Cards { get; private set; } = [];

    /// <summary>A renewal was begun and did not come to its end.</summary>
    public bool Waiting => Snapshot is { Progress: { RenewalId: not null, Step: not PortalStep.Done } } && !(IsDownload && Progress.Ended); // whose codes are to be typed again

    /// <summary>It goes on by itself right now; the visitor only has to go there.</summary>
    public bool Running => Waiting && Progress is { Stopped: false, Attached: true };

    public ProfileRule Rule => Options.Renewal.For("default");

    public async Task OnGetAsync()
    {
        if (Snapshot is { } snapshot)
        {
            Cards = await Reader.CardsAsync(snapshot, HttpContext.RequestAborted);
            LiveSession = snapshot.Progress.Attached ? snapshot.Session.Id : null;
        }
    }
}
