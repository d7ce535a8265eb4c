using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Agent.Bridge;

/// <summary>
/// The agent's calls to the site that started it. Outbound only, no cookies, no redirects, no Origin header. Everything may be
/// sent twice: events carry no harm, and repeated CMP messages get the same answer (rules R1 and R4).
/// </summary>
internal sealed class BridgeClient : IServiceLink, IDisposable
{
    private const string PkixCmp = "application/pkixcmp";

    /// <summary>Where CMP is without a page (RFC 9811 section 3.3).</summary>
    private const string WellKnownPath = "/.well-known/cmp";

    private readonly HttpClient http;
    private readonly string agentApi;
    private readonly BridgeLimits limits;
    private readonly TimeProvider clock;
    private Attached? session;

    /// <summary>A client for one site.</summary>
    /// <param name="origin">The site.</param>
    /// <param name="limits">How long to wait.</param>
    /// <param name="clock">For pauses.</param>
    /// <param name="tlsAnchors">CAs for its TLS certificate in addition to the system's.</param>
    /// <param name="purpose">What it is met for: logins are below a path of their own, because the rest of the site is not ours.</param>
    public BridgeClient(string origin, BridgeLimits limits, TimeProvider clock, IReadOnlyList<X509Certificate2> tlsAnchors, SessionPurpose purpose = SessionPurpose.Renew)
    {
        agentApi = purpose is SessionPurpose.Login or SessionPurpose.Sign ? "/rekey/agent/v1" : "/agent/v1";
        this.limits = limits;
        this.clock = clock;
        Origin = origin;
        var site = new Uri(origin);
        http = new(SiteTls.Handler(site, tlsAnchors, limits.Request))
        {
            BaseAddress = site,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 1024 * 1024,
        };
    }

    /// <summary>The site.</summary>
    public string Origin { get; }

    /// <summary>Uses the ticket. Tried again only while nothing reached the server: a ticket counts once.</summary>
    /// <returns>The session, and by how much the server's clock is ahead of <paramref name="local"/>.</returns>
    public async Task<(Attached Session, TimeSpan Offset)> AttachAsync(string ticket, string version, TimeProvider local, CancellationToken cancel)
    {
        var sent = local.GetUtcNow();
        var attach = new Attach(ticket, version, [1]);
        session = await RetryAsync(
            async c =>
            {
                sent = local.GetUtcNow();
                using var response = await SendAsync(HttpMethod.Post, $"{agentApi}/attach", JsonContent.Create(attach, BridgeJson.Default.Attach), limits.Request, c);
                return await ReadAsync(response, BridgeJson.Default.Attached, c);
            },
            e => e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError },
            cancel);
        var middle = sent + ((local.GetUtcNow() - sent) / 2);
        return (session, session.ServerTime - middle);
    }

    /// <summary>Commands above a number; waits up to 25 s on the server.</summary>
    public Task<AgentCommands> CommandsAsync(int after, CancellationToken cancel) => RetryAsync(
        async c =>
        {
            using var response = await SendAsync(HttpMethod.Get, $"{agentApi}/commands?after={after}", null, limits.Poll, c);
            return await ReadAsync(response, BridgeJson.Default.AgentCommands, c);
        },
        IsPassing,
        cancel);

    /// <inheritdoc/>
    public Task PostAsync(AgentEvent happened, CancellationToken cancel) => RetryAsync(
        async c =>
        {
            using var response = await SendAsync(HttpMethod.Post, $"{agentApi}/events", JsonContent.Create(happened, BridgeJson.Default.AgentEvent), limits.Request, c);
            await ThrowIfRefusedAsync(response, c);
            return true;
        },
        IsPassing,
        cancel);

    /// <summary>Login: what to sign. A repetition voids the challenge before it.</summary>
    public Task<LoginChallenge> ChallengeAsync(CancellationToken cancel) => RetryAsync(
        async c =>
        {
            using var response = await SendAsync(HttpMethod.Post, $"{agentApi}/challenge", JsonContent.Create(new EmptyBody(), BridgeJson.Default.EmptyBody), limits.Request, c);
            return await ReadAsync(response, LoginJson.Default.LoginChallenge, c);
        },
        IsPassing,
        cancel);

    /// <summary>Login: hands the token in. A repetition after a lost answer gets the same code.</summary>
    public Task<LoginCode> ReturnAsync(LoginReturn signed, CancellationToken cancel) => RetryAsync(
        async c =>
        {
            using var response = await SendAsync(HttpMethod.Post, $"{agentApi}/return", JsonContent.Create(signed, LoginJson.Default.LoginReturn), limits.Request, c);
            return await ReadAsync(response, LoginJson.Default.LoginCode, c);
        },
        IsPassing,
        cancel);

    /// <summary>Signing: what to sign.</summary>
    public Task<DocumentToSign> DocumentAsync(CancellationToken cancel) => RetryAsync(
        async c =>
        {
            using var response = await SendAsync(HttpMethod.Get, $"{agentApi}/document", null, limits.Request, c);
            return await ReadAsync(response, LoginJson.Default.DocumentToSign, c);
        },
        IsPassing,
        cancel);

    /// <summary>Signing: hands the signature in. A repetition after a lost answer is taken as the first.</summary>
    public Task SignatureAsync(SignatureMade made, CancellationToken cancel) => RetryAsync(
        async c =>
        {
            using var response = await SendAsync(HttpMethod.Post, $"{agentApi}/signature", JsonContent.Create(made, LoginJson.Default.SignatureMade), limits.Request, c);
            return true;
        },
        IsPassing,
        cancel);

    /// <inheritdoc/>
    public Task<byte[]> CmpAsync(byte[] message, CancellationToken cancel) => RetryAsync(
        async c =>
        {
            var content = new ByteArrayContent(message) { Headers = { ContentType = new(PkixCmp) } };
            using var response = await SendAsync(HttpMethod.Post, session is null ? WellKnownPath : $"/cmp/v1/{session.SessionId}", content, limits.Request, c);
            if (response.Content.Headers.ContentType?.MediaType == PkixCmp)
            {
                // An error message has its own HTTP status; the message itself is what counts.
                return await response.Content.ReadAsByteArrayAsync(c);
            }

            await ThrowIfRefusedAsync(response, c);
            throw new HttpRequestException(HttpRequestError.InvalidResponse, "not a CMP answer");
        },
        IsPassing,
        cancel);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static bool IsPassing(Exception e) => e switch
    {
        HttpRequestException { InnerException: AuthenticationException } => false, // it will not be trusted a second later
        HttpRequestException { StatusCode: null } => true,
        HttpRequestException { StatusCode: { } s } => s is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)s >= 500,
        ProblemException { Problem: { HttpStatus: >= 500 } } => true,
        IOException or TimeoutException => true,
        _ => false,
    };

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, TimeSpan limit, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (session is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.AgentToken);
        }

        using var timer = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, both.Token);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new TimeoutException("no answer", e);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        await ThrowIfRefusedAsync(response, cancel);
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancel) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            // The schema is closed on both sides: what cannot be read was written by a service that is newer than this agent.
            throw new ProblemException(Problems.AgentTooOld(AgentVersion.Text, $"> {AgentVersion.Text}"), e);
        }
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            ProblemDocument? document = null;
            try
            {
                document = await response.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument, cancel);
            }
            catch (JsonException)
            {
                // treated as any other refusal
            }

            if (document is not null)
            {
                throw new ProblemException(new Problem(document.Problem.Number, document.Problem.Next, (int)response.StatusCode, [.. document.Problem.Arguments]));
            }
        }

        throw new HttpRequestException(HttpRequestError.Unknown, "refused", null, response.StatusCode);
    }

    private async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> attempt, Func<Exception, bool> isPassing, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        var pause = limits.FirstPause;
        while (true)
        {
            try
            {
                return await attempt(cancel);
            }
            catch (Exception e) when (isPassing(e))
            {
                var waited = clock.GetElapsedTime(began);
                if (waited + pause > limits.GiveUp)
                {
                    throw e as ProblemException ?? new ProblemException(Problems.ServiceUnreachable((int)Math.Max(1, waited.TotalSeconds)), e);
                }
            }
            catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
            {
                throw new ProblemException(Problems.SiteNotTrusted(Origin), e);
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException)
            {
                throw new ProblemException(Problems.ServiceUnreachable((int)Math.Max(1, clock.GetElapsedTime(began).TotalSeconds)), e);
            }

            await Task.Delay(pause, clock, cancel);
            pause = pause * 2 < limits.LongestPause ? pause * 2 : limits.LongestPause;
        }
    }
}
