using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Rekey.Contract.Bridge;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Download;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Download;

[EnableRateLimiting(RateLimits.Codes)]
internal sealed class CodesModel(SessionReader reader, BrowserGuard guard, RaOptions options, OpenDownload open, CancelSession cancel) : PortalPage(reader, guard, options)
{
    protected override SessionPurpose? Serves => SessionPurpose.Download;

    /// <summary>As typed, for the visitor to mend.</summary>
    public TypedCodes Typed { get; private set; } = new("", "");

    /// <summary>What is wrong with the reference number as it was typed; no try is spent on it.</summary>
    public string? ReferenceFault { get; private set; }

    /// <summary>What is wrong with the authorisation code as it was typed; no try is spent on it.</summary>
    public string? CodeFault { get; private set; }

    /// <summary>What the service said of the codes.</summary>
    public Problem? Refusal { get; private set; }

    /// <summary>Wrong codes that lock a reference number.</summary>
    public int MostWrongTries => Options.Authorisations.MostWrongTries;

    /// <summary>Asks for the codes.</summary>
    public IActionResult OnGet() => Page();

    public async Task<IActionResult> OnPostAsync(string? reference, string? code)
    {
        Typed = TypedCodes.Of(reference, code);
        ReferenceFault = TypedCodes.Words(ReferenceNumber.Read(Typed.Reference, out var number), ReferenceNumber.Length);
        CodeFault = TypedCodes.Words(AuthorisationCode.Read(Typed.Code, out var secret), AuthorisationCode.Length);
        if (number is null || secret is null)
        {
            return Page();
        }

        // What this browser was at makes way; a download that it had begun goes on with the new session.
        if (Snapshot is not null)
        {
            await cancel.CancelAsync(Snapshot.Key.Id, HttpContext.RequestAborted);
        }

        try
        {
            var (key, _) = await open.OpenAsync(number, secret, CultureInfo.CurrentUICulture.Name, HttpContext.RequestAborted);
            BrowserGuard.SetCookie(HttpContext, key);
            return Redirect(Urls.Of(PortalStep.Connect));
        }
        catch (ProblemException e)
        {
            Refusal = e.Problem;
            return Page();
        }
    }
}
