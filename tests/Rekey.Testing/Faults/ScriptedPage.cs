using System.Net.Http.Json;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Sessions;
using Rekey.Testing.Portal;

namespace Rekey.Testing.Faults;

/// <summary>
/// A holder at the page who renews one certificate, or downloads one with codes: chooses it, begins as soon as the checks allow it, opens the
/// agent again after a stop, and gives up when the page says no.
/// </summary>
internal sealed class ScriptedPage(Uri portal, string? certSha256, CreateDownload? codes) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    /// <summary>An agent that has failed ends by itself; one that the server will not serve waits for its holder.</summary>
    private static readonly TimeSpan EndOfAgent = TimeSpan.FromSeconds(1);

    private FakeBrowser? browser;
    private bool over;

    /// <summary>Why the page would not go on; null when it did.</summary>
    public Problem? Refusal { get; private set; }

    /// <summary>Opens a session, or the agent of this session again.</summary>
    /// <returns>The ticket for the agent; null when the page refuses, as it does when the codes are used up.</returns>
    public async Task<string?> LaunchAsync(CancellationToken cancel)
    {
        Refusal = null;
        while (true)
        {
            try
            {
                var session = browser is not null && !over && await RelaunchAsync(browser) is { } again ? again : await OpenAsync();
                if (session is null)
                {
                    return null;
                }

                return LaunchAddress.Parse(session.LaunchUri)!.Ticket;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(Patience, cancel); // the server is on its way
            }
        }
    }

    /// <summary>Another browser, which knows nothing of this one's session.</summary>
    public void Forget()
    {
        browser?.Dispose();
        browser = null;
    }

    /// <summary>Does what a holder does until it is done, refused, or cancelled from outside.</summary>
    public async Task DriveAsync(CancellationToken cancel)
    {
        var events = new List<SequencedEvent>();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                events.AddRange(await browser!.EventsAsync(events.Count).WaitAsync(cancel));
                var progress = SessionProgress.Of(events);
                if (progress.NewCertificate is not null || await StepAsync(progress, cancel) is false)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                await Task.Delay(Patience, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>What the page shows now.</summary>
    public async Task<SessionProgress> ProgressAsync()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return SessionProgress.Of(await browser!.EventsAsync());
            }
            catch (HttpRequestException) when (tries < 200)
            {
                await Task.Delay(Patience);
            }
        }
    }

    public void Dispose() => browser?.Dispose();

    private static async Task<SessionCreated?> RelaunchAsync(FakeBrowser browser)
    {
        using var response = await browser.ActAsync("relaunch");
        if ((int)response.StatusCode >= 500)
        {
            response.EnsureSuccessStatusCode();
        }

        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync(BridgeJson.Default.SessionCreated) : null;
    }

    private async Task<SessionCreated?> OpenAsync()
    {
        Forget();
        over = false;
        if (codes is not null)
        {
            var page = new FakeBrowser(portal.GetLeftPart(UriPartial.Authority));
            Refusal = await page.OpenDownloadAsync(codes);
            browser = page;
            return Refusal is null ? page.Session : null;
        }

        browser = await FakeBrowser.WithSessionAsync(portal.GetLeftPart(UriPartial.Authority));
        return browser.Session;
    }

    private async Task<bool> StepAsync(SessionProgress progress, CancellationToken cancel)
    {
        if (progress.Problem is { } problem)
        {
            await Task.Delay(EndOfAgent, cancel);
            return await GiveUpAsync(problem);
        }

        if (!progress.KeysRead || progress.RenewalId is not null)
        {
            return true;
        }

        if (codes is not null && progress.Keys!.Tokens.Count == 0)
        {
            return await GiveUpAsync(Problems.NoToken()); // it was pulled out before it was seen
        }

        if (certSha256 is not null && progress.Selected is null)
        {
            return progress.Find(certSha256) is null
                ? await GiveUpAsync(Problems.CertificateGone())
                : await AskAsync(() => browser!.SelectAsync(certSha256));
        }

        if (progress.Checks is not { } checks)
        {
            return true;
        }

        return checks.FirstOrDefault(c => c.Outcome == PreflightOutcome.Failed)?.Problem is { } no
            ? await GiveUpAsync(no.ToProblem())
            : await AskAsync(() => browser!.ActAsync("start"));
    }

    private async Task<bool> AskAsync(Func<Task<HttpResponseMessage>> ask)
    {
        using var response = await ask();
        if (response.IsSuccessStatusCode)
        {
            return true;
        }

        var document = await response.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument);
        return (int)response.StatusCode >= 500
            ? throw new HttpRequestException("not now", null, response.StatusCode)
            : await GiveUpAsync(document!.Problem.ToProblem());
    }

    private async Task<bool> GiveUpAsync(Problem why)
    {
        Refusal = why;
        over = true;
        using var response = await browser!.ActAsync("cancel");
        return false;
    }
}
