using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Rekey.BrowserTests.Browser))]

namespace Rekey.BrowserTests;

/// <summary>One Chromium for the whole run; each test has a context of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright playwright = null!;

    public IBrowser Instance { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // Machines under test are loaded; what matters is that it comes.
        Assertions.SetDefaultExpectTimeout(15_000);
        playwright = await Playwright.CreateAsync();
        Instance = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Instance.DisposeAsync();
        playwright.Dispose();
    }
}
