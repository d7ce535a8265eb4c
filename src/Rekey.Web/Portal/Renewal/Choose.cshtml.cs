using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Renewal;

internal sealed class ChooseModel(
    SessionReader reader, BrowserGuard guard, RaOptions options, ChooseCertificate choose, ReadKeysAgain readAgain) : PortalPage(reader, guard, options)
{
    protected override SessionPurpose? Serves => SessionPurpose.Renew;

    public IReadOnlyList<CertificateCard> Cards { get; private set; } = [];

    /// <summary>The one marked: the holder's, else the most urgent.</summary>
    public string? Marked { get; private set; }

    public bool AnyRenewable => Cards.Any(c => c.Refusal is null);

    public async Task<IActionResult> OnGetAsync()
    {
        // A choice can be changed until the renewal has begun.
        var admitted = Snapshot?.Progress is { RenewalId: null, Page: PortalStep.Check } ? Admit(PortalStep.Check) : Admit(PortalStep.Choose);
        if (admitted is not null)
        {
            return admitted;
        }

        // Nothing but another reading of the keys changes this page; going on to the check is the holder's act.
        Cards = await Reader.CardsAsync(Snapshot!, HttpContext.RequestAborted);
        Marked = Cards.FirstOrDefault(c => c.Refusal is null && c.Facts.Sha256Hex == Progress.Selected)?.Facts.Sha256Hex
            ?? Cards.FirstOrDefault(c => c.Refusal is null)?.Facts.Sha256Hex;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string? cert)
    {
        RequireSession();
        await choose.ChooseAsync(Snapshot!.Key.Id, cert ?? "", HttpContext.RequestAborted);
        return Redirect(Urls.Of(PortalStep.Check));
    }

    public async Task<IActionResult> OnPostReadAsync()
    {
        RequireSession();
        await readAgain.ReadAsync(Snapshot!.Key.Id, HttpContext.RequestAborted);
        return Redirect(Urls.Of(PortalStep.Choose));
    }

    private void RequireSession()
    {
        if (Snapshot is null)
        {
            throw new ProblemException(Problems.SessionUnknown());
        }
    }
}
