using Microsoft.Playwright;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>How visitors behave: keyboard only, back and reload, a closed browser, another computer, a lost network, old browsers.</summary>
public sealed class VisitorTests(Browser browser) : PortalTest(browser)
{
    [Fact]
    public async Task The_keyboard_alone_is_enough_and_focus_is_on_the_heading_of_each_step()
    {
        await GoAsync("/CaUpdate/");
        await Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(Link("跳到正文")).ToBeFocusedAsync();
        await TabToAsync(".task--main");
        await Page.Keyboard.PressAsync("Enter");
        await SeeAsync("证书更新条件");
        await TabToAsync(".btn--primary");
        await Page.Keyboard.PressAsync("Enter");
        await SeeAsync("打开续证助手");
        await Assertions.Expect(Heading).ToBeFocusedAsync();
        await TabToAsync("[data-launch]");

        using var agent = await FakeAgent.AttachAsync((await Page.Locator("[data-launch]").GetAttributeAsync("href"))!);
        var second = Portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2021-10-15"), DemoPki.Day("2026-10-09"));
        await Portal.RegisterAsync(second);
        await agent.ListAsync(Certificate, second);
        await SeeAsync("选择要更新的证书");
        await Assertions.Expect(Heading).ToBeFocusedAsync();
        await TabToAsync("input[name=cert]");
        await Page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(Page.Locator(".cert--on .cert-name")).ToHaveTextAsync("云泽市第一人民医院");
        await TabToAsync(".actions .btn--primary");
        await Page.Keyboard.PressAsync("Enter");
        await SeeAsync("请核对");
        await Assertions.Expect(Heading).ToBeFocusedAsync();
        await agent.PassPreflightAsync();
        await Assertions.Expect(Button("更新")).ToBeVisibleAsync();
        await TabToAsync(".actions .btn--primary");
        await Page.Keyboard.PressAsync("Space");
        var command = await agent.CommandAsync<RenewCommand>();
        await agent.StepAsync(AgentStep.KeyGenerating);
        await SeeAsync("正在更新");
        await Assertions.Expect(Heading).ToBeFocusedAsync();
        await FinishAsync(agent, Convert.FromHexString(command.RenewalId));
        await SeeAsync("更新好了");
        await Assertions.Expect(Heading).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Progress_is_told_in_the_live_region()
    {
        var (agent, renewalId) = await ReachWorkAsync();
        using (agent)
        {
            await Assertions.Expect(Page.Locator("#live")).ToHaveTextAsync("第 1 步，共 6 步：在 UKey 里生成新密钥");
            await agent.StepAsync(AgentStep.KeyReady);
            await Assertions.Expect(Page.Locator("#live")).ToHaveTextAsync("第 2 步，共 6 步：发送更新申请");
            await IssueAsync(renewalId);
            await Assertions.Expect(Page.Locator("#live")).ToHaveTextAsync("第 4 步，共 6 步：写入 UKey");
            await agent.ReportAsync(new RemovedEvent("8F21"));
            await Assertions.Expect(Page.Locator("#live")).ToContainTextAsync("UKey 被拔出了");
        }
    }

    [Fact]
    public async Task Back_and_reload_stay_with_the_session()
    {
        using var agent = await ReachCheckAsync();
        await Page.GoBackAsync();
        await SeeAsync("选择要更新的证书");
        await Page.GoForwardAsync();
        await SeeAsync("请核对");
        await Page.ReloadAsync();
        await Assertions.Expect(Button("更新")).ToBeVisibleAsync();
        await Button("更新").ClickAsync();
        await agent.CommandAsync<RenewCommand>();
        await agent.StepAsync(AgentStep.KeyGenerating);
        await SeeAsync("正在更新");
        await Page.GoBackAsync();
        await SeeAsync("正在更新"); // a renewal that runs cannot be left by going back
        await Page.ReloadAsync();
        await SeeAsync("正在更新");
    }

    [Fact]
    public async Task A_closed_browser_comes_back_to_its_renewal()
    {
        var (agent, renewalId) = await ReachWorkAsync();
        using (agent)
        {
            await agent.StepAsync(AgentStep.KeyReady);
            await ReopenAsync();
            await GoAsync("/CaUpdate/");
            await Link("去看看").ClickAsync();
            await SeeAsync("正在更新");
            await IssueAsync(renewalId);
            await agent.StepAsync(AgentStep.Verified);
            await Portal.Outcome.ConfirmedAsync(renewalId, TestContext.Current.CancellationToken);
            await agent.StepAsync(AgentStep.Retired);
            await SeeAsync("更新好了");
        }
    }

    [Fact]
    public async Task A_renewal_goes_on_in_another_browser_by_what_is_on_the_key()
    {
        var (agent, renewalId) = await ReachWorkAsync();
        using (agent)
        {
            await agent.StepAsync(AgentStep.KeyReady);
        }

        await VisitAsAsync(Visitor); // no cookie
        using var again = await FakeAgent.AttachAsync(await ReachConnectAsync());
        var pending = new ResumableRenewal(Convert.ToHexStringLower(renewalId), 0, CertificateFacts.Read(Certificate)!.Sha256Hex);
        await again.ReportAsync(new CertificatesEvent([FakeAgent.Token], [new(Convert.ToBase64String(Certificate), 0)], [pending]));
        await Assertions.Expect(Page.GetByText("上次没办完，可以接着办")).ToBeVisibleAsync();
        await LookAsync("04-choose-resumable");
        await Button("确定").ClickAsync();
        await again.PassPreflightAsync();
        await Button("更新").ClickAsync();
        Assert.Equal(Convert.ToHexStringLower(renewalId), (await again.CommandAsync<RenewCommand>()).RenewalId);
    }

    [Fact]
    public async Task Someone_else_at_the_same_certificate_is_told_when_it_began()
    {
        var (agent, _) = await ReachWorkAsync();
        using (agent)
        {
            await VisitAsAsync(Visitor);
            using var other = await FakeAgent.AttachAsync(await ReachConnectAsync());
            await other.ListAsync(Certificate);
            await Assertions.Expect(Page.Locator(".why")).ToContainTextAsync("正在另一处更新（09:");
        }
    }

    [Fact]
    public async Task A_lost_network_is_said_and_got_over()
    {
        using var agent = await ReachChooseAsync();
        await Page.Context.SetOfflineAsync(true);
        ExpectAnyConsoleErrors();
        await Assertions.Expect(Page.Locator("#offline")).ToBeVisibleAsync(new() { Timeout = 40_000 });
        await Page.Context.SetOfflineAsync(false);
        await Assertions.Expect(Page.Locator("#offline")).ToBeHiddenAsync(new() { Timeout = 40_000 });
        await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.NoToken())));
        await SeeAsync(Problems.NoToken());
    }

    [Fact]
    public async Task An_old_browser_is_told_so()
    {
        await VisitAsAsync(new() { UserAgent = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko" });
        await GoAsync("/CaUpdate/");
        await Assertions.Expect(Page.Locator(".notice--warn").First).ToContainTextAsync("这个浏览器太旧了");
    }

    [Fact]
    public async Task Without_script_the_page_looks_again_by_itself()
    {
        await VisitAsAsync(new() { JavaScriptEnabled = false });
        await GoAsync("/CaUpdate/renew");
        await Button("下一步").ClickAsync();
        await SeeAsync("打开续证助手");
        using var agent = await FakeAgent.AttachAsync((await Page.Locator("[data-launch]").GetAttributeAsync("href"))!);
        await agent.ListAsync(Certificate);
        await SeeAsync("选择要更新的证书");
    }

    private async Task TabToAsync(string selector)
    {
        for (var i = 0; i < 40; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await Page.EvaluateAsync<bool>("s => document.activeElement.matches(s)", selector))
            {
                return;
            }
        }

        Assert.Fail($"{selector} cannot be reached by Tab");
    }
}
