using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Errors;

/// <summary>The page of a problem number, to which every error answer points.</summary>
internal sealed class ExplainModel(SessionReader reader, BrowserGuard guard, RaOptions options) : PortalPage(reader, guard, options)
{
    public Problem Problem { get; private set; } = Problems.NotFound();

    public IActionResult OnGet(int number, int? seconds)
    {
        if (!Problems.IsKnown(number))
        {
            throw new ProblemException(Problems.NotFound());
        }

        Problem = seconds is { } wait && number == Problems.TooManyRequests(wait).Number ? Problems.TooManyRequests(wait) : new Problem(number, NextStep.StartAgain, 200);
        return Page();
    }
}
