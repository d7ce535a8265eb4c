using System.Globalization;
using Rekey.Ra;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console.Authorisations;

/// <summary>Authorisations in the viewer's scope: what waits for a second person, her own, and what was decided.</summary>
[Requires(Permission.SeeRequests)]
internal sealed class IndexModel(RaOptions options, ReadAuthorisations authorisations) : ConsolePage(options)
{
    public AuthorisationView View { get; private set; }

    public IReadOnlyList<AuthorisationLine> Lines { get; private set; } = [];

    public IReadOnlyDictionary<AuthorisationView, int> Counts { get; private set; } = new Dictionary<AuthorisationView, int>();

    /// <summary>Where the next page begins; null for the last one.</summary>
    public long? Next { get; private set; }

    public async Task OnGetAsync(AuthorisationView view, long? before)
    {
        View = Enum.IsDefined(view) ? view : AuthorisationView.Waiting;
        Counts = await authorisations.CountAsync(Operator, HttpContext.RequestAborted);
        (Lines, var more) = await authorisations.ListAsync(View, Operator, before, HttpContext.RequestAborted);
        Next = more ? Lines[^1].Id : null;
    }

    /// <summary>An instant as tables show it, in the institution's zone.</summary>
    public string When(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Options.Institution.Zone()).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
