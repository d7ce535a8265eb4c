using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Download;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Download;

internal sealed class KeyModel(
    SessionReader reader, BrowserGuard guard, RaOptions options, DownloadReader downloads, ChooseToken choose, ReadKeysAgain readAgain) : PortalPage(reader, guard, options)
{
    protected override SessionPurpose? Serves => SessionPurpose.Download;

    public IReadOnlyList<TokenCard> Cards { get; private set; } = [];

    public bool AnyFits => Cards.Any(c => c.Refusal is null);

    public async Task<IActionResult> OnGetAsync()
    {
        // A choice can be changed until the download has begun.
        var admitted = Snapshot?.Progress is { RenewalId: null, Page: PortalStep.Check } ? Admit(PortalStep.Check) : Admit(PortalStep.Choose);
        if (admitted is not null)
        {
            return admitted;
        }

        Cards = await downloads.TokensAsync(Snapshot!, HttpContext.RequestAborted);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(int? token)
    {
        var keys = (Snapshot ?? throw new ProblemException(Problems.SessionUnknown())).Progress.Keys;
        var chosen = token is { } index && keys is not null && index >= 0 && index < keys.Tokens.Count ? keys.Tokens[index] : throw new ProblemException(Problems.OutOfOrder());
        await choose.ChooseAsync(Snapshot.Key.Id, TokenName.Of(chosen), HttpContext.RequestAborted);
        return Redirect(UrlOf(PortalStep.Check));
    }

    public async Task<IActionResult> OnPostReadAsync()
    {
        await readAgain.ReadAsync((Snapshot ?? throw new ProblemException(Problems.SessionUnknown())).Key.Id, HttpContext.RequestAborted);
        return Redirect(UrlOf(PortalStep.Choose));
    }
}
