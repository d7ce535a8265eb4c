using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Renewal;

internal sealed class DoneModel(SessionReader reader, BrowserGuard guard, RaOptions options, OpenSession open) : PortalPage(reader, guard, options)
{
    public CertificateCard? New { get; private set; }

    /// <summary>What the renewal added, in days, to the old certificate.</summary>
    public CertificateCard? Old { get; private set; }

    /// <summary>Other certificates on the keys that could be renewed now.</summary>
    public int More { get; private set; }

    public BusinessSystem? Business { get; private set; }

    /// <summary>Confirmed, but the agent had not finished tidying up the key when it stopped.</summary>
    public bool TidyUpLeft => Progress.NewCertificate is null;

    public DateTimeOffset At => TimeZoneInfo.ConvertTime(Progress.DoneAt ?? Progress.LastAt, Options.Institution.Zone());

    public TimeSpan? Took => Progress.DoneAt - Progress.StartedAt is { } took && took < TimeSpan.FromMinutes(10) ? took : null;

    public async Task<IActionResult> OnGetAsync()
    {
        if (Admit(PortalStep.Done) is { } elsewhere)
        {
            return elsewhere;
        }

        LiveSession = null; // nothing more will happen here
        New = await Reader.NewCertificateAsync(Progress.RenewalId!, HttpContext.RequestAborted);
        var cards = await Reader.CardsAsync(Snapshot!, HttpContext.RequestAborted);
        Old = cards.FirstOrDefault(c => c.Facts.Sha256Hex == Progress.Selected);
        More = cards.Count(c => c.Refusal is null && c.Facts.Sha256Hex != Progress.Selected);
        Business = open.FindBusinessSystem(Snapshot!.Session.ReturnTo);
        return Page();
    }

    /// <summary>Days from the old expiry, or from today where that has passed, to the new one.</summary>
    public int DaysAdded => New is null ? 0 : New.Window.Expires.DayNumber
        - Math.Max((Old?.Window.Expires ?? New.Today).DayNumber, RenewalWindow.CalendarDay(Progress.DoneAt ?? Progress.LastAt, Options.Institution.Zone()).DayNumber);
}
