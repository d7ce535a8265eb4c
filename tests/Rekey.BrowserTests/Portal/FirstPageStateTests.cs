using Microsoft.Playwright;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>The pages up to the agent, and those beside the way.</summary>
public sealed class FirstPageStateTests(Browser browser) : PageStateTest(browser)
{
    [Fact]
    public async Task First_page()
    {
        await GoAsync("/CaUpdate/");
        await SeeAsync("您的证书，自己就能续");
        await LookAsync("01-home");
    }

    [Fact]
    public async Task First_page_after_keys_were_read()
    {
        using var agent = await ReachChooseAsync(Certificate, Foreign());
        await GoAsync("/CaUpdate/");
        await Assertions.Expect(Page.Locator(".cert-days b")).ToHaveTextAsync("32");
        await LookAsync("01-home-read");
        await Link("更新这张证书").ClickAsync();
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task First_page_without_a_key()
    {
        using var agent = await FakeAgent.AttachAsync(await ReachConnectAsync());
        await agent.ReportAsync(new CertificatesEvent([], [], []));
        await SeeAsync("选择要更新的证书");
        await Assertions.Expect(Page.Locator(".lead")).ToHaveTextAsync("没有找到 UKey（共有: 0 个key）。");
        await LookAsync("04-choose-no-key");
        await GoAsync("/CaUpdate/");
        await LookAsync("01-home-no-key");
    }

    [Fact]
    public async Task First_page_with_a_renewal_that_waits()
    {
        var (agent, _) = await ReachWorkAsync();
        using (agent)
        {
            await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.TokenRemoved())));
        }

        await GoAsync("/CaUpdate/");
        await Assertions.Expect(Page.GetByText("有一次更新没办完")).ToBeVisibleAsync();
        await LookAsync("01-home-waiting");
        await Button("接着办").ClickAsync();
        await SeeAsync("打开续证助手");
    }

    [Fact]
    public async Task Conditions()
    {
        await GoAsync("/CaUpdate/renew");
        await LookAsync("02-conditions");
    }

    [Fact]
    public async Task Connect()
    {
        await ReachConnectAsync();
        await LookAsync("03-connect");
        var code = await Page.Locator(".checkcode").TextContentAsync();
        await Assertions.Expect(Page.Locator(".checkcode")).ToHaveAttributeAsync("aria-label", "核对码 " + string.Join(' ', code!.Replace(" ", "", StringComparison.Ordinal).AsEnumerable()));
    }

    [Fact]
    public async Task Connect_and_nothing_happens_for_8_seconds()
    {
        await ReachConnectAsync();
        // Without the launch itself: a headless Chromium that tried one handles no further click on a link.
        await Link("打开续证助手").EvaluateAsync("a => { a.addEventListener('click', e => e.preventDefault()); a.click(); }");
        await Assertions.Expect(Page.GetByText("正在等助手回应")).ToBeVisibleAsync();
        await Assertions.Expect(Heading).ToContainTextAsync("还没收到续证助手的回应", new() { Timeout = 15_000 });
        await LookAsync("03b-no-agent");

        // It still goes on by itself once the agent comes.
        using var agent = await FakeAgent.AttachAsync((await Page.Locator("[data-launch]").GetAttributeAsync("href"))!);
        await agent.ListAsync(Certificate);
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task Connect_attached_and_waiting_for_consent()
    {
        using var agent = await FakeAgent.AttachAsync(await ReachConnectAsync());
        await agent.ReportAsync(new ConsentAskedEvent());
        await Assertions.Expect(Page.Locator(".actions .wait")).ToContainTextAsync("助手已打开");
        await LookAsync("03-connect-consent");
    }

    [Fact]
    public async Task Connect_declined()
    {
        using var agent = await FakeAgent.AttachAsync(await ReachConnectAsync());
        await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.ConsentDeclined())));
        await SeeAsync(Problems.ConsentDeclined());
        await LookAsync("03-connect-declined");
        await Button("重新连接").ClickAsync();
        await SeeAsync("打开续证助手");
    }

    [Fact]
    public async Task Connect_with_a_code_used_twice()
    {
        var address = await ReachConnectAsync();
        using var first = await FakeAgent.AttachAsync(address);
        var (second, _) = await FakeAgent.TryAttachAsync(address);
        second.Dispose();
        await SeeAsync(Problems.TicketReused());
        await LookAsync("03-connect-twice");
    }

    [Fact]
    public async Task Connect_with_too_old_an_agent()
    {
        var (agent, _) = await FakeAgent.TryAttachAsync(await ReachConnectAsync(), "0.8.1");
        agent.Dispose();
        await SeeAsync(Problems.AgentTooOld("0.8.1", "0.9.0"));
        await LookAsync("03-connect-too-old");
    }

    [Fact]
    public async Task Connect_with_a_code_that_ran_out()
    {
        await ReachConnectAsync();
        var before = await Page.Locator(".checkcode").TextContentAsync();
        Portal.Time.Jump(LaunchAddress.TicketLifetime);
        await Page.ReloadAsync();
        await SeeAsync(Problems.TicketExpired());
        await LookAsync("03-connect-expired");
        await Button("重新连接").ClickAsync();
        await SeeAsync("打开续证助手");
        Assert.NotEqual(before, await Page.Locator(".checkcode").TextContentAsync());
    }

    [Fact]
    public async Task Help()
    {
        await GoAsync("/CaUpdate/help");
        await LookAsync("09-help");
    }

    [Fact]
    public async Task A_page_that_is_not_there()
    {
        ExpectConsoleErrors(1);
        await GoAsync("/CaUpdate/nowhere");
        await SeeAsync(Problems.NotFound());
        await LookAsync("08-not-found");
    }

    [Fact]
    public async Task The_page_of_a_problem_number()
    {
        await GoAsync("/CaUpdate/problems/RK-1013");
        await SeeAsync(Problems.PinLocked());
        await LookAsync("08-problem");
    }

    [Fact]
    public async Task What_makes_a_page_hard_to_use_would_be_found()
    {
        await GoAsync("/CaUpdate/help");
        await Page.EvaluateAsync("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button><p id=pale>看不清</p>')");
        var nameless = await Assert.ThrowsAnyAsync<Exception>(() => ExpectAccessibleAsync("help"));
        Assert.Contains("button-name", nameless.Message, StringComparison.Ordinal);

        await Page.EvaluateAsync("Object.assign(document.querySelector('#pale').style, { color: '#888', background: '#999' })");
        var pale = await Assert.ThrowsAnyAsync<Exception>(() => ExpectAccessibleAsync("help", "color-contrast"));
        Assert.Contains("color-contrast", pale.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("button-name", pale.Message, StringComparison.Ordinal);
    }
}
