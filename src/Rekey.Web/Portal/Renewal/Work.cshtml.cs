using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Bridge;
using Rekey.Ra;
using Rekey.Ra.Sessions;
using Rekey.Web.Design;
using Rekey.Web.Portal.Texts;

namespace Rekey.Web.Portal.Renewal;

internal sealed class WorkModel(SessionReader reader, BrowserGuard guard, RaOptions options, TimeProvider time) : PortalPage(reader, guard, options)
{
    // After this long the CA's answer is late, and the page says what that means.
    private static readonly TimeSpan CaLimit = TimeSpan.FromSeconds(30);

    public IReadOnlyList<WorkStep> Steps { get; private set; } = [];

    /// <summary>The step that runs or waits now, from 1.</summary>
    public int Current { get; private set; }

    public CertificateCard? New { get; private set; }

    public bool Removed => Progress.RemovedToken is not null;

    public bool CaLate { get; private set; }

    /// <summary>Until when the CA keeps the new certificate for the holder: seven days from its issue.</summary>
    public DateOnly? KeptUntil { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        if (Admit(PortalStep.Work) is { } elsewhere)
        {
            return elsewhere;
        }

        Steps = WorkStep.Of(Progress);
        Current = Math.Min(WorkStep.Count, 1 + Steps.Count(s => s.State == WorkState.Done));
        New = await Reader.NewCertificateAsync(Progress.RenewalId!, HttpContext.RequestAborted);
        KeptUntil = Progress.ServerSteps.TryGetValue(ServerStep.Issued, out var issued)
            ? Contract.Renewal.RenewalWindow.CalendarDay(issued + OpenSession.Lifetime, Options.Institution.Zone())
            : null;
        WatchCa();
        Status = Removed ? Text.Work_Removed : Wording.F(Text.Work_Status, Current, WorkStep.Count, Steps[Current - 1].Name);
        return Page();
    }

    // Steps 2, 3 and 6 wait for the CA.
    private void WatchCa()
    {
        if (Current is not (2 or 3 or 6) || Removed || Progress.Stopped)
        {
            return;
        }

        var left = Progress.LastAt + CaLimit - time.GetUtcNow();
        CaLate = left <= TimeSpan.Zero;
        RefreshIn = CaLate ? null : (int)left.TotalMilliseconds + 100;
    }
}
