using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;

namespace Rekey.Web.Console.Authorisations;

/// <summary>Makes an authorisation and shows its codes once, as a letter to print. They are in no other answer, and in no address.</summary>
[Requires(Permission.MakeCards)]
internal sealed class NewModel(RaOptions options, MakeAuthorisation make, IDbContextFactory<RaDbContext> contexts) : ConsolePage(options)
{
    [BindProperty]
    public string? Subscriber { get; set; }

    [BindProperty]
    public string? Profile { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public string? TokenModel { get; set; }

    [BindProperty]
    public string? TokenSerial { get; set; }

    [BindProperty]
    public int? Days { get; set; }

    /// <summary>What was made; null while the form is shown.</summary>
    public MadeAuthorisation? Made { get; private set; }

    /// <summary>Why nothing was made.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The subscriber's name, for the letter.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Profiles that somebody has a certificate of, or that have a rule of their own.</summary>
    public IReadOnlyList<string> Profiles { get; private set; } = [];

    /// <summary>Where the holder downloads.</summary>
    public string Portal => $"{Request.Scheme}://{Request.Host}/CaUpdate/";

    public async Task OnGetAsync(string? subscriber)
    {
        Subscriber = subscriber;
        Days = Options.Authorisations.Days;
        await PrepareAsync();
    }

    [Requires(Permission.MakeCards)]
    public async Task<IActionResult> OnPostAsync()
    {
        await PrepareAsync();
        try
        {
            var wish = new AuthorisationWish(Subscriber?.Trim() ?? "", Profile ?? "", Reason?.Trim() ?? "") { Days = Days, TokenModel = NullIfBlank(TokenModel), TokenSerial = NullIfBlank(TokenSerial) };
            if (!Profiles.Contains(wish.Profile))
            {
                throw new ProblemException(Problems.AuthorisationWishWrong(PlainLine.MostOfReason, Options.Authorisations.MostDays));
            }

            Made = await make.MakeAsync(wish, Operator, HttpContext.RequestAborted);
            await using var db = await contexts.CreateDbContextAsync(HttpContext.RequestAborted);
            Name = await db.Subscribers.Where(s => s.StableId == wish.StableId).Select(s => s.DisplayName).SingleAsync(HttpContext.RequestAborted);
        }
        catch (ProblemException e) when (e.Problem.Number != Problems.NoPermission().Number)
        {
            Problem = e.Problem;
            Response.StatusCode = e.Problem.HttpStatus;
        }

        return Page();
    }

    /// <summary>An instant as the letter shows it, in the institution's zone.</summary>
    public string When(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Options.Institution.Zone()).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private async Task PrepareAsync()
    {
        await using var db = await contexts.CreateDbContextAsync(HttpContext.RequestAborted);
        var used = await db.Certificates.Where(c => c.PairOfId == null).Select(c => c.Profile).Distinct().ToListAsync(HttpContext.RequestAborted);
        Profiles = [.. used.Concat(Options.Renewal.Profiles.Keys.Where(p => p != "default")).Distinct().Order(StringComparer.Ordinal)];
    }
}
