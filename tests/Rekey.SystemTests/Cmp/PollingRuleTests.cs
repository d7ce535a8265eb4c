using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.Asn1.Cmp;
using Rekey.Ca.Store;
using Rekey.Pki.Cmp;
using Rekey.Ra.Cmp;
using Rekey.Testing;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Cmp;

/// <summary>Requests that wait, message by message: repeats, messages that do not fit, lost answers, processes that change.</summary>
public sealed class PollingRuleTests(PollingSite site) : IClassFixture<PollingSite>
{
    private const int Waiting = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_request_waits_again_and_only_the_newest_transaction_is_polled_for()
    {
        using var client = await ClientAsync("YZ8500");
        var request = client.Request();
        var first = client.Transaction;
        AssertWaits(await client.SendAsync(site.Portal, request));
        AssertWaits(await client.SendAsync(site.Portal, request));
        AssertPolls(await client.SendAsync(site.Portal, client.Poll(-1)));
        Assert.Equal(((int)CmpFailure.TransactionIdInUse, "transactionID is in use"), MacClient.Error(await client.SendAsync(site.Portal, client.Request())));

        client.Transaction = [.. first.Reverse()];
        AssertWaits(await client.SendAsync(site.Portal, client.Request()));
        AssertPolls(await client.SendAsync(site.Portal, client.Poll(-1)));
        client.Transaction = first;
        Assert.Equal((int)CmpFailure.BadRequest, MacClient.Error(await client.SendAsync(site.Portal, client.Poll(-1))).Bit);
    }

    [Fact]
    public async Task A_pollReq_that_fits_nothing_is_refused()
    {
        using var client = await ClientAsync("YZ8501");
        await AssertBadAsync("no request of this transaction waits", -1); // before any request
        AssertWaits(await client.SendAsync(site.Portal, client.Request()));
        await AssertBadAsync("pollReq names another request", 0);
        await AssertBadAsync("one certReqId per pollReq");
        await AssertBadAsync("one certReqId per pollReq", -1, -1);
        client.Transaction = new byte[16];
        await AssertBadAsync("no request of this transaction waits", -1);

        async Task AssertBadAsync(string text, params int[] ids) =>
            Assert.Equal(((int)CmpFailure.BadRequest, text), MacClient.Error(await client.SendAsync(site.Portal, client.Poll(ids))));
    }

    [Fact]
    public async Task An_ordinary_reference_has_nothing_to_poll_for()
    {
        var (reference, secret) = await site.ReferenceAsync("YZ8502", byHand: false);
        using var client = new MacClient(reference, secret);
        MacClient.Issued(await client.SendAsync(site.Portal, client.Request()));
        Assert.Equal(((int)CmpFailure.BadRequest, "no request of this transaction waits"), MacClient.Error(await client.SendAsync(site.Portal, client.Poll(-1))));
    }

    [Fact]
    public async Task A_poll_under_a_wrong_secret_counts_as_any_other_message()
    {
        var (reference, secret) = await site.ReferenceAsync("YZ8503");
        using var right = new MacClient(reference, secret);
        AssertWaits(await right.SendAsync(site.Portal, right.Request()));
        using var wrong = new MacClient(reference, "not-it") { Transaction = right.Transaction };
        for (var i = 0; i < CmpReference.MaxWrongTries; i++)
        {
            Assert.Equal((int)CmpFailure.BadMessageCheck, MacClient.Error(await wrong.SendAsync(site.Portal, wrong.Poll(-1))).Bit);
        }

        Assert.Equal((int)CmpFailure.BadMessageCheck, MacClient.Error(await right.SendAsync(site.Portal, right.Poll(-1))).Bit);
    }

    [Fact]
    public async Task The_subject_that_a_person_saw_does_not_change_under_them()
    {
        var (reference, secret) = await site.ReferenceAsync("YZ8504");
        await using (var ra = await site.RaAsync())
        {
            await ra.Subscribers.Where(s => s.StableId == "YZ8504").ExecuteUpdateAsync(s => s.SetProperty(x => x.Subject, (byte[]?)null), Cancel);
        }

        using var client = new MacClient(reference, secret);
        AssertWaits(await client.SendAsync(site.Portal, client.Request("CN=Li Na, C=CN")));
        Assert.Contains("Li Na", await site.RekeyAsync("ra", "waiting"), StringComparison.Ordinal);

        client.Transaction = new byte[16];
        Assert.Equal(
            ((int)CmpFailure.NotAuthorized, "the reference was used with another subject"),
            MacClient.Error(await client.SendAsync(site.Portal, client.Request("CN=Chen Yu, C=CN"))));
    }

    [Fact]
    public async Task A_request_that_does_not_prove_its_key_bothers_nobody()
    {
        using var client = await ClientAsync("YZ8505");
        Assert.Equal((int)CmpFailure.BadPop, MacClient.Error(await client.SendAsync(site.Portal, client.Request(spoil: true))).Bit);
        Assert.DoesNotContain("YZ8505", await site.RekeyAsync("ra", "waiting"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_message_may_meet_another_process_and_each_answer_may_be_lost()
    {
        Uri second = new($"http://localhost:{Ports.Free()}");
        await using var split = await ProcessInstitution.StartAsync(p => p with { Topology = Topology.Split, Postgres = true, MoreRaHosts = [second] });
        var first = split.Institution.Plan.Portal;
        var directory = split.Institution.Hosts!.Ra[1];
        var (reference, secret) = await PollingSite.ReferenceAsync(split.Services, "YZ8600");
        using var client = new MacClient(reference, secret);

        // Six at once, each in a transaction of its own, at two processes.
        var requests = Enumerable.Range(0, 6).Select(i =>
        {
            client.Transaction = [.. Enumerable.Repeat((byte)i, 16)];
            return (Portal: i % 2 == 0 ? first : second, Message: client.Request());
        }).ToList();
        foreach (var answer in await Task.WhenAll(requests.Select(r => client.SendAsync(r.Portal, r.Message))))
        {
            AssertWaits(answer);
        }

        client.Transaction = [.. Enumerable.Repeat((byte)7, 16)];
        AssertWaits(await client.SendAsync(first, client.Request()));
        await RestartAsync("ra-1");
        AssertPolls(await client.SendAsync(second, client.Poll(-1)), seconds: 60);
        await PollingSite.RekeyAsync(directory, ["ra", "approve", reference]);
        await split.Processes["ca"].StopAsync();
        AssertPolls(await client.SendAsync(second, client.Poll(-1)), seconds: 60); // the CA does not answer, so later
        await split.Processes["ca"].StartAgainAsync();
        var issued = await client.SendAsync(first, client.Poll(-1));
        await RestartAsync("ra-1");
        await RestartAsync("ca");
        var again = await client.SendAsync(second, client.Poll(-1));
        Assert.Equal(MacClient.Issued(issued), MacClient.Issued(again));
        Assert.Equal(issued.SenderNonce, again.SenderNonce);

        Assert.Equal(CmpBodyType.Confirmation, (await client.SendAsync(first, client.Confirm(issued))).Type);
        Assert.Equal(CmpBodyType.Confirmation, (await client.SendAsync(second, client.Confirm(again))).Type);
        Assert.Equal(MacClient.Issued(issued), MacClient.Issued(await client.SendAsync(second, client.Poll(-1))));

        await using var ca = await split.Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(Cancel);
        Assert.Equal(1, await ca.Certificates.CountAsync(c => c.SubscriberId == "YZ8600", Cancel));

        async Task RestartAsync(string name)
        {
            await split.Processes[name].KillAsync();
            await split.Processes[name].StartAgainAsync();
        }
    }

    private async Task<MacClient> ClientAsync(string stableId)
    {
        var (reference, secret) = await site.ReferenceAsync(stableId);
        return new(reference, secret);
    }

    internal static void AssertWaits(CmpMessage answer)
    {
        var status = MacClient.Status(answer);
        Assert.Equal(Waiting, status.Status.IntValueExact);
        Assert.Contains("a person", status.StatusString[0].GetString(), StringComparison.Ordinal);
    }

    internal static void AssertPolls(CmpMessage answer, int seconds = 1)
    {
        Assert.Equal(CmpBodyType.PollResponse, answer.Type);
        var content = PollRepContent.GetInstance(answer.Body.Content);
        Assert.Equal(1, content.Count);
        Assert.Equal((-1, seconds), (content.GetCertReqID(0).IntValueExact, content.GetCheckAfter(0).IntValueExact));
        Assert.NotEmpty(content.GetReason(0)[0].GetString());
    }
}
